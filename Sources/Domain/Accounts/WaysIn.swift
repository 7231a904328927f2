/// The ways to sign in that this server offers at present.
package struct WaysIn: Sendable {
    package let hasPasswords: Bool
    package let hasPasskeys: Bool
    /// The issuers of the sign-in providers.
    package let issuers: [String]

    package init(hasPasswords: Bool, hasPasskeys: Bool, issuers: [String]) {
        (self.hasPasswords, self.hasPasskeys, self.issuers) = (hasPasswords, hasPasskeys, issuers)
    }
}
