import Domain

/// A write that a database did not take.
package struct RefusedWrite: Sendable {
    package let at: ContinuousClock.Instant
    package let trouble: StorageTrouble
}
