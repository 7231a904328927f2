/// The answer with which a provider sends a browser back, as received.
package struct ProviderAnswer: Sendable {
    package let state: String
    package let code: String?
    /// The issuer (RFC 9207).
    package let issuer: String?
    package let error: String?

    package init(state: String, code: String?, issuer: String?, error: String?) {
        (self.state, self.code, self.issuer, self.error) = (state, code, issuer, error)
    }
}
