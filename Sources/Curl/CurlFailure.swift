import CCurl

/// The reason why a transfer failed.
package struct CurlFailure: Error, CustomStringConvertible {
    package let code: CURLcode
    package let text: String
    /// True if none of the host's addresses may be connected to.
    package var isForbiddenAddress = false
    package var isTooLarge = false
    /// True if a reply did not come within its limit.
    package var isTooSlow = false
    /// What was received before.
    package var result = CurlResult(status: 0, body: [], dialogue: [])

    package var isTimeout: Bool { isTooSlow || code == CURLE_OPERATION_TIMEDOUT }
    /// True if the transfer was cancelled.
    package var isCancelled: Bool { !isTooSlow && code == CURLE_ABORTED_BY_CALLBACK }
    /// True if a certificate was refused.
    package var isBadCertificate: Bool { code == CURLE_PEER_FAILED_VERIFICATION }
    /// True if the server does not offer the TLS that is required.
    package var lacksTLS: Bool { code == CURLE_USE_SSL_FAILED }

    package var description: String { text }
}
