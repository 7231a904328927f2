import Domain

/// The answer to the question for the second factor.
package enum SecondFactorAnswer: Sendable {
    /// A code from the app, or a recovery code, as it was typed; with a method, only its codes are accepted.
    case code(String, by: SecondFactorMethod? = nil)
    case passkey(PasskeyResponse)
}
