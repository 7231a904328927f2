import Domain

/// Delays refusals that cost next to nothing. The delay is imperceptible when signing in, but a client that retries
/// immediately is limited to some dozen attempts a second on each connection, which leaves the machine to others.
enum RefusalDelay {
    private static let pause = Duration.milliseconds(25)

    /// Runs an attempt; one that a throttle refuses is recorded.
    static func refusing<Value>(
        _ act: ThrottledAct, for email: EmailAddress?, from client: Client, in audit: AuditTrail,
        _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await work()
        } catch let error as AppError {
            switch error {
            case .throttled: await audit.throttled(act, email: email, from: client)
            case .overloaded: break
            default: throw error
            }
            // The delay also ends when the client disconnects.
            try? await Task.sleep(for: pause)
            throw error
        }
    }
}
