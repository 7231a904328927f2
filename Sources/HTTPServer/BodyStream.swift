import NIOCore

/// A response's body that is made while it is sent, by a function that gets another one to send bytes
/// with. That one returns when the connection has taken the bytes, so the source is never faster than the client, and
/// throws when the client is gone; the source's task is cancelled then.
///
/// If the source throws, the response is cut off so that the client notices.
package struct BodyStream: Sendable {
    package typealias Send = @Sendable (ByteBuffer) async throws -> Void
    let source: @Sendable (_ send: @escaping Send) async throws -> Void

    package init(_ source: @escaping @Sendable (_ send: @escaping Send) async throws -> Void) { self.source = source }

    package init<Source: AsyncSequence & Sendable>(_ pieces: Source) where Source.Element == ByteBuffer {
        self.init { send in for try await piece in pieces { try await send(piece) } }
    }
}
