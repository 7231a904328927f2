/// Everything that can go wrong and that a caller can do something about. Anything else that is thrown is
/// unexpected: it is logged, and the caller learns only its request id.
package enum AppError: Error, Equatable, Sendable {
    /// What was sent breaks a rule; one issue for each field.
    case invalid([FieldIssue])
    /// The request cannot be understood at all.
    case malformed(String)
    /// Who are you? The sentence says what is wrong with the proof that was given, if any was.
    case unauthenticated(String)
    /// One case for an unknown address and for a wrong password: the answer must not tell which.
    case badCredentials
    case inactiveAccount
    case emailTaken
    /// We know you; still no.
    case forbidden(String)
    case notFound(String)
    /// The body is of a kind that is not taken here.
    case unsupportedMediaType(String)
    /// Too much to do just now; the same request may succeed after so many seconds.
    case overloaded(retryAfterSeconds: Int)
    /// Too many attempts from one place, or at one account.
    case throttled(Throttled)
    /// The database cannot do it just now, and has not done it. The text, which is its own, is for the log.
    case storageUnavailable(String, StorageTrouble = .unreachable)
    /// The account's tasks take up all that they may; the sentence says what to do.
    case quotaExceeded(String)
    /// The account writes faster than it may.
    case writesTooFast(retryAfterSeconds: Int)
    /// The connection ended while a transaction was being committed: it may be done, or not. Must not be tried again
    /// blindly. The text is for the log.
    case outcomeUnknown(String)

    package static let authenticationRequired = AppError.unauthenticated("Authentication required")
    package static let invalidToken = AppError.unauthenticated("Invalid token")
    package static let expiredToken = AppError.unauthenticated("Token has expired")
}
