import Domain

/// The answers to links and codes that are not accepted.
enum LinkRefusal {
    /// For a link to an account that is used, expired or unknown.
    static let link = AppError.notFound("This link is no longer valid. Ask for a new one.")

    /// For a code that is wrong, used or too old, or came after too many wrong ones.
    static let code = AppError.notFound("This code is wrong or no longer valid. Ask for a new one.")
}
