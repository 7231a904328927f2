/// The rule for verifying addresses.
package enum EmailVerification: String, Sendable, CaseIterable {
    case off
    /// New accounts get a link and can be used without.
    case optional
    /// No sign-in before the address is verified.
    case required
}
