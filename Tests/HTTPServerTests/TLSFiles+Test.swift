import HTTPServer
import TestSupport

extension TLSFiles {
    /// A certificate for localhost and its key, made by the openssl command.
    static func make(in directory: String, _ name: String) throws -> TLSFiles {
        let files = TLSFiles(certificate: "\(directory)/\(name).pem", privateKey: "\(directory)/\(name)-key.pem")
        let arguments =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
        _ = try runCommand(
            arguments.split(separator: " ").map(String.init)
                + ["-out", files.certificate, "-keyout", files.privateKey], isQuiet: true)
        return files
    }
}
