import Domain

/// The outcome of a sign-up.
package enum SignUpOutcome: Sendable {
    case signedIn(SignIn)
    /// An e-mail is on its way to the address. The user may not exist: the address may have an account already.
    case unverified(User, PendingVerification)

    /// Nil if the address must be verified first.
    package var signIn: SignIn? { if case .signedIn(let signIn) = self { signIn } else { nil } }
}
