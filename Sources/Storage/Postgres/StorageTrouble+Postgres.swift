import Domain

extension StorageTrouble {
    /// - Parameter state: an SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html); nil if it is not a
    ///   temporary condition.
    init?(sqlState state: some StringProtocol) {
        switch state {
        case "53100": self = .full
        case "53300": self = .tooManyConnections
        case "25006": self = .readOnly
        case "42501": self = .noRights
        case "28000", "28P01": self = .refusedLogin
        case "3D000": self = .noSuchDatabase
        case "55P03": self = .locked
        case "57014": self = .slow
        default:
            // Insufficient resources, operator intervention, system errors, connection and protocol errors.
            guard ["08", "53", "57", "58"].contains(state.prefix(2)) else { return nil }
            self = .unreachable
        }
    }

    /// - Parameter message: the error of a failed connection attempt, with the SQLSTATE in it if a server answered:
    ///   `FATAL:  28P01: password authentication failed`.
    init(connecting message: String) {
        for line in message.split(separator: "\n").reversed() {
            guard let severity = line.firstRange(of: ":  ") else { continue }
            let state = line[severity.upperBound...].prefix { $0 != ":" }
            guard state.utf8.count == 5, let trouble = StorageTrouble(sqlState: state) else { continue }
            self = trouble
            return
        }
        // libpq's own messages about TLS, which have no code.
        let isAboutTLS = ["certificate", "does not support SSL", "SSL error"].contains { message.contains($0) }
        self = isAboutTLS ? .untrusted : .unreachable
    }
}
