import Domain

/// A database error, classified by its code and never by its text.
package enum StorageError: Error, Sendable, CustomStringConvertible {
    case uniqueViolation(String)
    case foreignKeyViolation(String)
    /// A violation of a schema constraint that our own checks should have prevented.
    case constraintViolation(String)
    /// Locked, full, read-only or unreachable: nothing was done, and the same request may succeed later.
    case unavailable(String, StorageTrouble = .unreachable)
    /// The commit was sent and never confirmed: it may or may not have taken effect.
    case outcomeUnknown(String)
    /// The file is not one of ours, or is damaged.
    case unusable(String)
    case failed(String)

    package var description: String {
        switch self {
        case .uniqueViolation(let text), .foreignKeyViolation(let text), .constraintViolation(let text),
            .unavailable(let text, _), .unusable(let text), .failed(let text):
            text
        case .outcomeUnknown(let text): "It is not known whether this was saved. Look before you try again. \(text)"
        }
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
