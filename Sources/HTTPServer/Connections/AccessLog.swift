/// Logs each request. Called on the event loops, so it must not block.
package typealias AccessLog = @Sendable (AccessRecord) -> Void
