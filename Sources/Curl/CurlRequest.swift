/// A transfer: where to, what, and how far it may go.
package struct CurlRequest: Sendable {
    package enum Kind: Sendable {
        case http(HTTPParts)
        case smtp(SMTPParts)
    }

    /// A GET, or a POST if there is a body.
    package struct HTTPParts: Sendable {
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]?

        package init(headers: [(name: String, value: String)] = [], body: [UInt8]? = nil) {
            (self.headers, self.body) = (headers, body)
        }
    }

    /// A message to one recipient. The addresses and the credentials are checked by the caller: libcurl passes on
    /// anything.
    package struct SMTPParts: Sendable {
        package var sender: String
        package var recipient: String
        /// Lines that end with CR LF.
        package var message: [UInt8]
        /// False for TLS from the first byte, and for none.
        package var requiresTLS: Bool
        package var user: String?
        package var password: String?
        /// The time that the server has for each reply.
        package var replyLimit = Duration.seconds(60)
        package var isLastOfConnection = false
        /// True to send no message: the connection, its protection and the password are tried, and that is all.
        package var isTrial = false

        package init(
            sender: String, recipient: String, message: [UInt8], requiresTLS: Bool, user: String?, password: String?
        ) {
            (self.sender, self.recipient, self.message) = (sender, recipient, message)
            (self.requiresTLS, self.user, self.password) = (requiresTLS, user, password)
        }
    }

    package var url: String
    package var kind: Kind
    package var limits: CurlLimits
    package var addresses = AddressRule.any
    /// Nil to connect directly.
    package var proxy: OutgoingProxy?
    /// A PEM file of certificate authorities that are trusted besides the system's directory of them.
    package var extraAuthorities: String?
    package var recordsDialogue = false
    /// Nil for a transfer that only its limits end.
    package var cancellation: CurlCancellation?

    /// The same request, as the last one of its connection, or not.
    package func endingConnection(_ isLast: Bool) -> CurlRequest {
        guard case .smtp(var parts) = kind else { return self }
        parts.isLastOfConnection = isLast
        var request = self
        request.kind = .smtp(parts)
        return request
    }

    package init(_ url: String, _ kind: Kind, limits: CurlLimits) {
        (self.url, self.kind, self.limits) = (url, kind, limits)
    }
}
