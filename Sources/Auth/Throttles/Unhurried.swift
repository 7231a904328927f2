import Domain

/// Lets refusals that cost next to nothing take a moment. Nobody who signs in minds; but whoever sends the next attempt
/// as soon as the last was refused is kept to some dozen a second on each connection, where it would be thousands, and
/// everybody else has the machine.
enum Unhurried {
    private static let pause = Duration.milliseconds(25)

    static func refusing<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as AppError {
            switch error {
            // A client that leaves meanwhile ends the pause, too.
            case .throttled, .overloaded: try? await Task.sleep(for: pause)
            default: break
            }
            throw error
        }
    }
}
