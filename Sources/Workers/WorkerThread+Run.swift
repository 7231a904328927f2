extension WorkerThread {
    /// Runs work on a thread of its own, and returns its result.
    /// - Parameter niceness: 0 for normal priority, up to 19 for work that may wait.
    package static func run<Value: Sendable>(
        niceness: Int32 = 0, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try WorkerThread(niceness: niceness) { continuation.resume(with: Result { try work() }) }.detach()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
