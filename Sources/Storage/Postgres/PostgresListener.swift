import Domain
import Workers

/// A connection that hears what other processes announce, and reconnects for as long as it takes.
///
/// Between a lost connection and the next nobody is heard, so afterwards anything may have changed. Behind a pooler
/// that lends servers for single transactions nothing is ever heard; then what is in memory is only as young as its
/// own time limit makes it.
struct PostgresListener: Sendable {
    static let channel = "latchkey"

    private let thread: WatchThread

    init(_ connector: PostgresConnector, _ onChange: @escaping @Sendable (Change) -> Void) throws {
        thread = try WatchThread { waiting in
            var isFirst = true
            repeat {
                do {
                    let connection = try connector.connect(until: .now + .seconds(10), ignoringFailures: true)
                    try connection.runText("LISTEN \(Self.channel)")
                    if !isFirst { onChange(.anything) }
                    isFirst = false
                    while waiting.wait(for: connection.socket) {
                        for text in try connection.notifications() { onChange(Change(text: text)) }
                    }
                    return connection.close()
                } catch StorageError.failed {
                    // No such thing as LISTEN there.
                    return
                } catch {
                    // The server is away; it is tried again for as long as we run.
                }
            } while waiting.wait(for: -1, milliseconds: 500)
        }
    }

    func stop() { thread.stop() }
}

extension Change {
    /// As it stands in a notification.
    var text: String {
        switch self {
        case .session(let id): "session \(id.rawValue)"
        case .user(let id): "user \(id.rawValue)"
        case .signingKeys: "keys"
        case .anything: "anything"
        }
    }

    /// What is not understood, such as a newer version's, may be anything.
    init(text: String) {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        switch (parts.first, parts.count) {
        case ("session", 2): self = .session(SessionID(rawValue: parts[1]))
        case ("user", 2): self = .user(UserID(rawValue: parts[1]))
        case ("keys", 1): self = .signingKeys
        default: self = .anything
        }
    }
}
