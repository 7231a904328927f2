/// All errors that a caller can act on. Any other error is unexpected: it is logged, and the caller learns only its
/// request id.
package enum AppError: Error, Equatable, Sendable {
    /// The input breaks a rule; one issue for each field.
    case invalid([FieldIssue])
    /// The request cannot be parsed at all.
    case malformed(String)
    /// Authentication is missing or failed. The sentence explains what is wrong with the credentials, if any were sent.
    case unauthenticated(String)
    /// An API token is unknown, mistyped, revoked or expired; the sentence says what is known.
    case invalidAPIToken(String)
    /// The caller's API token lacks this scope; nil where no API token is admitted.
    case insufficientScope(String?)
    /// One case for an unknown address and for a wrong password: the answer must not reveal which.
    case badCredentials
    case inactiveAccount
    /// The password is right, and the user has asked for the account's deletion.
    case deletionPending(PendingDeletion)
    /// The password is right, and the address must be verified first.
    case emailNotVerified(PendingVerification)
    /// The first factor is right, and the second must follow.
    case secondFactorRequired(PendingSecondFactor)
    /// The code of a second factor is wrong, or was used before.
    case wrongSecondFactor
    case emailTaken
    /// A sensitive operation requires the user's password, unless it was given recently.
    case proofRequired
    case signUpRefused(SignUpRefusal)
    /// The change would leave the server without an admin.
    case lastAdmin
    /// The caller is authenticated but not permitted.
    case forbidden(String)
    case notFound(String)
    /// The body has a media type that this route does not accept.
    case unsupportedMediaType(String)
    /// The server is overloaded; the same request may succeed after this many seconds.
    case overloaded(retryAfterSeconds: Int)
    /// Too many attempts from one network, or on one account.
    case throttled(Throttled)
    /// The database cannot serve the request at the moment, and nothing was done. The text, which is the database's
    /// own, is for the log.
    case storageUnavailable(String, StorageTrouble = .unreachable)
    /// The account's tasks have reached their quota; the sentence says what to do.
    case quotaExceeded(String)
    /// The account exceeds its write rate.
    case writesTooFast(retryAfterSeconds: Int)
    /// The connection was lost while a transaction was being committed: it may or may not have taken effect. Must not
    /// be retried blindly. The text is for the log.
    case outcomeUnknown(String)

    /// The sentence of `lastAdmin`.
    package static let lastAdminSentence = "This is the last admin. Make another user an admin first."

    package static let authenticationRequired = AppError.unauthenticated("Authentication required")
    package static let invalidToken = AppError.unauthenticated("Invalid token")
    package static let expiredToken = AppError.unauthenticated("Token has expired")
    /// The answer to a challenge that has expired or was used.
    package static let signInExpired = AppError.unauthenticated("This sign-in took too long. Sign in again.")
    /// The answer to a challenge that was tried too often.
    package static let signInTriedOut = AppError.unauthenticated("Too many codes were wrong. Sign in again.")
    /// The answer to a token from elsewhere, for an account with a second factor.
    package static let secondFactorUnproved = AppError.unauthenticated(
        "This account has a second factor, and this token does not show that it was asked for. Sign in here instead.")
    /// The answer to passwords where only providers sign in.
    package static let passwordsOff = AppError.forbidden(
        "Signing in with a password is turned off here. Sign in on the page instead, with a provider.")
    package static let unknownAPIToken = AppError.invalidAPIToken("Invalid token")
    package static let expiredAPIToken = AppError.invalidAPIToken("Token has expired")
}
