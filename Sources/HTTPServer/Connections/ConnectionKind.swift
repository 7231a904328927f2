/// The protocol that a connection speaks so far.
enum ConnectionKind: String, Sendable, CaseIterable {
    case http1
    case http2
    /// A TLS handshake that is not complete.
    case handshake
    /// Not a connection of its own.
    case http2Stream
}
