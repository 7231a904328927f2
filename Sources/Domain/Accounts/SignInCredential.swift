/// The credential that a user signed in with. A session is stored only if it still holds at that moment.
package enum SignInCredential: Sendable {
    /// - Parameter hash: the stored hash that the password was checked against.
    case password(hash: String)
}
