/// A second factor of another system, as it is while it is taken over: not encrypted.
package struct ImportedFactor: Sendable, Hashable {
    /// The secret of the authenticator app.
    package let secret: [UInt8]
    package let recoveryCodes: [String]

    package init(secret: [UInt8], recoveryCodes: [String]) {
        (self.secret, self.recoveryCodes) = (secret, recoveryCodes)
    }
}
