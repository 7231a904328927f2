import Glibc

/// What HTTPS is served with.
package struct TLSFiles: Sendable, Equatable {
    /// The path of a PEM file: the server's certificate first, then those between it and a root.
    package var certificate: String
    /// The path of a PEM file.
    package var privateKey: String
    /// TLS 1.3 alone, or 1.2 as well.
    package var allowsTLS12 = false

    package init(certificate: String, privateKey: String, allowsTLS12: Bool = false) {
        self.certificate = certificate
        self.privateKey = privateKey
        self.allowsTLS12 = allowsTLS12
    }

    /// What changes when either file does: it was written to, or another has taken its place.
    func stamp() -> String {
        [certificate, privateKey].map { path in
            var file = stat()
            guard stat(path, &file) == 0 else { return "-" }
            return "\(file.st_dev) \(file.st_ino) \(file.st_size) \(file.st_mtim.tv_sec).\(file.st_mtim.tv_nsec)"
        }.joined(separator: ",")
    }
}
