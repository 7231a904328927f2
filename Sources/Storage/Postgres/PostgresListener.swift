import Domain
import Workers

/// A connection that receives the announcements of other processes, and reconnects indefinitely.
///
/// While it is disconnected, announcements are missed, so after each reconnection anything may have changed. Behind a
/// pooler it does not listen, and caches are only as fresh as their own time limits make them: the server's session
/// would stay subscribed after the pooler has passed it on to another client, and PgBouncer takes a notification for
/// the end of its own check, after which clients receive each other's answers.
struct PostgresListener: Sendable {
    static let channel = "latchkey"

    private let thread: WatchThread

    init(_ connector: PostgresConnector, _ onChange: @escaping @Sendable (Change) -> Void) throws {
        thread = try WatchThread { waiting in
            var isFirst = true
            repeat {
                do {
                    let connection = try connector.connect(until: .now + .seconds(10), ignoringFailures: true)
                    guard try connection.hasOwnSession() else { return connection.close() }
                    try connection.runText("LISTEN \(Self.channel)")
                    if !isFirst { onChange(.anything) }
                    isFirst = false
                    while waiting.wait(for: connection.socket) {
                        for text in try connection.notifications() { onChange(Change(text: text)) }
                    }
                    return connection.close()
                } catch StorageError.failed {
                    // LISTEN is not supported there.
                    return
                } catch {
                    // The server is unreachable; retried as long as the process runs.
                }
            } while waiting.wait(for: -1, milliseconds: 500)
        }
    }

    func stop() { thread.stop() }
}

extension Change {
    /// The form in a notification.
    var text: String {
        switch self {
        case .session(let id): "session \(id.rawValue)"
        case .user(let id): "user \(id.rawValue)"
        case .tasks(let id): "tasks \(id.rawValue)"
        case .signingKeys: "keys"
        case .anything: "anything"
        }
    }

    /// Unknown text, such as a newer version's, may mean anything.
    init(text: String) {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        switch (parts.first, parts.count) {
        case ("session", 2): self = .session(SessionID(rawValue: parts[1]))
        case ("user", 2): self = .user(UserID(rawValue: parts[1]))
        case ("tasks", 2): self = .tasks(UserID(rawValue: parts[1]))
        case ("keys", 1): self = .signingKeys
        default: self = .anything
        }
    }
}
