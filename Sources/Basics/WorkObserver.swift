/// Receives the steps of work, from any thread.
package typealias WorkObserver = @Sendable (WorkStep) -> Void
