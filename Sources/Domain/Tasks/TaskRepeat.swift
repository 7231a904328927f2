import Calendar

/// How a task repeats.
package struct TaskRepeat: Sendable, Hashable {
    /// The day from which the next instance is counted.
    package enum Anchor: String, Sendable, CaseIterable {
        case due
        case completion
    }

    package let recurrence: Recurrence
    package let anchor: Anchor

    package init(_ recurrence: Recurrence, from anchor: Anchor) {
        (self.recurrence, self.anchor) = (recurrence, anchor)
    }
}
