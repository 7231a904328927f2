import HTTPServer

/// Thrown by pages that require a signed-in user.
struct LoginRequired: Error {
    /// The destination after signing in.
    let next: LocalPath?
}
