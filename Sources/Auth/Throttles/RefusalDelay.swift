import Domain

/// Lets refusals that cost next to nothing take a moment. Nobody who signs in minds; but whoever sends the next attempt
/// as soon as the last was refused is kept to some dozen a second on each connection, where it would be thousands, and
/// everybody else has the machine.
enum RefusalDelay {
    private static let pause = Duration.milliseconds(25)

    /// Runs an attempt; one that a throttle refuses is put on record.
    /// - Parameter limit: what the trail calls the limit.
    static func refusing<Value>(
        _ limit: String, for email: EmailAddress?, from client: Client, in audit: AuditTrail?,
        _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await work()
        } catch let error as AppError {
            switch error {
            case .throttled: await audit?.throttled(limit, email: email, from: client)
            case .overloaded: break
            default: throw error
            }
            // A client that leaves meanwhile ends the pause, too.
            try? await Task.sleep(for: pause)
            throw error
        }
    }
}
