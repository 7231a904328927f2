import Glibc

/// The certificate and key files for HTTPS, and the TLS versions.
package struct TLSFiles: Sendable, Equatable {
    /// The path of a PEM file: the server's certificate first, then the intermediate certificates.
    package var certificate: String
    /// The path of a PEM file.
    package var privateKey: String
    /// True to allow TLS 1.2 in addition to 1.3.
    package var allowsTLS12 = false

    package init(certificate: String, privateKey: String, allowsTLS12: Bool = false) {
        self.certificate = certificate
        self.privateKey = privateKey
        self.allowsTLS12 = allowsTLS12
    }

    /// A stamp that changes when either file is modified or replaced.
    func stamp() -> String {
        [certificate, privateKey].map { path in
            var file = stat()
            guard stat(path, &file) == 0 else { return "-" }
            return "\(file.st_dev) \(file.st_ino) \(file.st_size) \(file.st_mtim.tv_sec).\(file.st_mtim.tv_nsec)"
        }.joined(separator: ",")
    }
}
