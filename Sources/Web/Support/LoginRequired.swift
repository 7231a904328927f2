import HTTPServer

/// Thrown by pages that need somebody to be signed in.
struct LoginRequired: Error {
    /// Where to go on afterwards.
    let next: LocalPath?
}
