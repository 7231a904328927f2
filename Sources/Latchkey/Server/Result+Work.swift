extension Result where Failure == any Error, Success: Sendable {
    /// The outcome of asynchronous work.
    static func of(_ work: () async throws -> Success) async -> Self {
        do { return .success(try await work()) } catch { return .failure(error) }
    }
}
