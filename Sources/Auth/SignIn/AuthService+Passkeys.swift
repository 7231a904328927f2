import Crypto
import Domain

/// Passkeys in the place of passwords, and of codes.
extension AuthService {
    /// Signs in with a passkey that has verified its user, which is both factors.
    /// - Throws: `AppError.badCredentials` for every error in it; `AppError.inactiveAccount`,
    ///   `AppError.deletionPending` and `AppError.emailNotVerified` only if it was right; `AppError.throttled`.
    package func signIn(
        with response: PasskeyResponse, from client: Client, _ options: SignInOptions = SignInOptions()
    ) async throws -> SignIn {
        try await counting { try await passkeySignIn(response, from: client, options) }
    }

    private func passkeySignIn(
        _ response: PasskeyResponse, from client: Client, _ options: SignInOptions
    ) async throws -> SignIn {
        let (user, use) = try await RefusalDelay.refusing(.passkey, for: nil, from: client, in: audit) {
            try await throttles.passkey(from: client) { try await verify(response, from: client) }
        }
        let first = FirstFactor.passkey(use.id)
        try await requireActive(user, after: first, from: client)
        try await requireVerifiedAddress(of: user, after: first, from: client)
        let device = try await throttles.knownDevice(of: user.email, client)
        let notice = device == nil ? try await notices.noticeOfSignIn(to: user, from: client) : nil
        return try await start(user, by: .passkey(use), from: client, options, notifying: notice)
    }

    private func verify(
        _ response: PasskeyResponse, from client: Client
    ) async throws -> (user: User, use: PasskeyUse) {
        do {
            return try await passkeys.verifySignIn(response, from: client)
        } catch let refusal as PasskeyRefusal {
            try await audit.signInFailed(
                .refusedPasskey, email: nil, user: nil, cause: refusal.rawValue, from: client)
            throw AppError.badCredentials
        }
    }

    /// Asks for a passkey of whichever account; nil if browsers have none for our origin.
    package func passkeyRequest() throws -> PasskeyRequest? { try passkeys.signInRequest() }

    /// Asks for a passkey of this user's, who is to sign in again; nil if browsers have none for our origin.
    package func passkeyRequest(of user: UserID) async throws -> PasskeyRequest? {
        try await passkeys.signInRequest(of: user)
    }

    /// Asks for a passkey as the second factor; nil if the account has none, or the sign-in is over.
    /// - Parameter challenge: the token of `PendingSecondFactor`.
    package func passkeyRequest(answering challenge: String) async throws -> PasskeyRequest? {
        guard RandomToken.isPossible(challenge) else { return nil }
        let digest = try RandomToken.digest(challenge)
        return try await passkeys.secondFactorRequest(digest)
    }
}
