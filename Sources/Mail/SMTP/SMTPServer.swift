import Basics

/// A mail server that takes mail for others (a smarthost), and the way to speak to it.
package struct SMTPServer: Sendable, Equatable {
    package enum Security: Sendable {
        /// TLS from the first byte (RFC 8314, section 3.3).
        case implicitTLS
        /// TLS before anything else is sent (RFC 3207); a server that does not offer it gets no mail.
        case startTLS
        case none
    }

    package let host: String
    package let port: UInt16
    package let security: Security
    package let user: String?
    package let password: String?

    package init(host: String, port: UInt16, security: Security, user: String?, password: String?) {
        (self.host, self.port, self.security) = (host, port, security)
        (self.user, self.password) = (user, password)
    }

    /// `smtp://user:password@host:587` or `smtps://…:465`, with user and password percent-encoded where needed.
    /// - Parameter isPlain: no TLS; only for `smtp`.
    /// - Returns: nil for anything else, control characters included.
    package init?(url: String, isPlain: Bool = false) {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let match = url.wholeMatch(
                of: /(smtps?):\/\/(?:([^:@\/]*)(?::([^@\/]*))?@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\-]+)(?::([0-9]+))?\/?/
            ),
            let port = match.5.map({ UInt16(digits: $0.utf8) }) ?? (match.1 == "smtps" ? 465 : 587), port > 0,
            let user = Self.credential(match.2), let password = Self.credential(match.3),
            match.1 == "smtp" || !isPlain, (user == nil) == (password == nil)
        else { return nil }
        self.init(
            host: String(match.4.drop { $0 == "[" }.prefix { $0 != "]" }), port: port,
            security: match.1 == "smtps" ? .implicitTLS : isPlain ? .none : .startTLS, user: user, password: password)
    }

    /// - Returns: nil if it is invalid; a nil value if there is none.
    private static func credential(_ text: Substring?) -> String?? {
        guard let text, !text.isEmpty else { return .some(nil) }
        guard let value = PercentEncoding.decode(text.utf8), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        return value
    }

    /// True for this machine, to which mail needs no TLS.
    package var isLoopback: Bool { IPAddress.isLoopback(host: host) }

    /// For messages: no credentials.
    package var shown: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
