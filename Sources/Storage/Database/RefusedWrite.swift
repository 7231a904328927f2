import Domain

/// A write that the database refused.
package struct RefusedWrite: Sendable {
    package let at: ContinuousClock.Instant
    package let trouble: StorageTrouble
}
