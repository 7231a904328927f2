/// A sign-in whose first factor was right, and that waits for the second.
package struct PendingSecondFactor: Sendable, Hashable {
    /// The token of the challenge, which is available only here.
    package let challenge: String
    package let methods: [SecondFactorMethod]

    package init(challenge: String, methods: [SecondFactorMethod]) {
        (self.challenge, self.methods) = (challenge, methods)
    }
}
