import Basics
import Crypto
import Domain

/// Second factors, which are shown after a password or a sign-in at a provider.
extension AuthService {
    /// Shows the second factor, after the first was right, and signs in.
    /// - Parameters:
    ///   - challenge: the token of `PendingSecondFactor`.
    ///   - options: whether the session is remembered was decided with the first factor.
    /// - Throws: `AppError.invalid` for something that is not a code; `AppError.wrongSecondFactor`; `AppError.throttled`;
    ///   `AppError.signInExpired` and `.signInTriedOut`.
    package func signIn(
        answering challenge: String, with answer: SecondFactorAnswer, from client: Client,
        _ options: SignInOptions = SignInOptions()
    ) async throws -> SignIn {
        try await counting { try await secondFactorSignIn(challenge, answer, from: client, options) }
    }

    private func secondFactorSignIn(
        _ challenge: String, _ answer: SecondFactorAnswer, from client: Client, _ options: SignInOptions
    ) async throws -> SignIn {
        guard RandomToken.isPossible(challenge) else { throw AppError.signInExpired }
        let digest = try RandomToken.digest(challenge)
        let success = try await secondFactors.check.check(answer, of: .challenge(digest), from: client)
        var options = options
        options.isRemembered = success.challenge?.isRemembered ?? false
        options.keepsDevice = options.keepsDevice && options.isRemembered
        let notice =
            switch success.use {
            case .recoveryCode: try notices.notice(of: .recoveryCodeUse, to: success.user, from: client)
            case .step, .passkey:
                success.challenge?.isKnownDevice ?? false
                    ? nil : try await notices.noticeOfSignIn(to: success.user, from: client)
            }
        do {
            return try await start(
                success.user, by: .secondFactor(challenge: digest, success.use), from: client, options,
                notifying: notice)
        } catch AppError.badCredentials {
            // The code or passkey was used before, or at the same moment.
            throw AppError.wrongSecondFactor
        }
    }

    /// Shows a code of the second factor.
    package func signIn(
        answering challenge: String, with code: String, from client: Client, _ options: SignInOptions = SignInOptions()
    ) async throws -> SignIn {
        try await signIn(answering: challenge, with: .code(code), from: client, options)
    }
}
