import NIOCore

/// A response body that is generated while it is sent.
///
/// The source receives a `send` function, which returns once the connection has taken the bytes, so a source is never
/// faster than its client. It throws after the response has ended, for example because the client has gone; the source's
/// task is cancelled then. A client that closes its connection while nothing is sent is noticed at the next `send`.
///
/// If the source throws, the response is cut off, so that the client notices.
package struct BodyStream: Sendable {
    package typealias Send = @Sendable (ByteBuffer) async throws -> Void
    /// Calls `wake` once, on any thread, as soon as there is more to send, and releases it with the stream. A source
    /// should send something now and then; otherwise, the server does not notice that a client has gone.
    package typealias Pause = @Sendable (_ wake: @escaping @Sendable () -> Void) -> Void

    /// Sends a part of the body; false at its end.
    let sendPart: @Sendable (_ send: @escaping Send) async throws -> Bool
    /// Between two parts; nil if the first is the whole.
    let pause: Pause?
    let endsAtShutdown: Bool

    /// - Parameter endsAtShutdown: true for a stream without an end of its own, such as one of events: when the server
    ///   shuts down, its source is cancelled and the response ends properly. Others may finish, within the time that
    ///   the shutdown has.
    package init(
        endsAtShutdown: Bool = false, _ source: @escaping @Sendable (_ send: @escaping Send) async throws -> Void
    ) {
        sendPart = { send in
            try await source(send)
            return false
        }
        pause = nil
        self.endsAtShutdown = endsAtShutdown
    }

    /// A stream that is silent for long. A task that waits keeps the memory that it once needed, several KiB; this one
    /// has a task only while it sends a part.
    package init(
        endsAtShutdown: Bool, pause: @escaping Pause,
        sendPart: @escaping @Sendable (_ send: @escaping Send) async throws -> Bool
    ) {
        self.sendPart = sendPart
        self.pause = pause
        self.endsAtShutdown = endsAtShutdown
    }
}
