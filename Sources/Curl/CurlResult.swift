import CCurl

/// The outcome of a transfer that the server answered.
package struct CurlResult: Sendable {
    /// The status of an HTTP response, or the code of the last SMTP reply; 0 if there was none.
    package var status: Int
    package var body: [UInt8]
    /// The commands and replies of a transfer that records them.
    package var dialogue: [DialogueLine]
}

/// A command to a server, or a line of its reply.
package struct DialogueLine: Sendable, Equatable {
    package let isCommand: Bool
    package let text: String
}

/// The reason why a transfer failed.
package struct CurlFailure: Error, CustomStringConvertible {
    package let code: CURLcode
    package let text: String
    /// True if none of the host's addresses may be connected to.
    package var isForbiddenAddress = false
    package var isTooLarge = false
    /// What was received before.
    package var result = CurlResult(status: 0, body: [], dialogue: [])

    package var isTimeout: Bool { code == CURLE_OPERATION_TIMEDOUT }
    /// True if a certificate was refused.
    package var isBadCertificate: Bool { code == CURLE_PEER_FAILED_VERIFICATION }
    /// True if the server does not offer the TLS that is required.
    package var lacksTLS: Bool { code == CURLE_USE_SSL_FAILED }

    package var description: String { text }
}
