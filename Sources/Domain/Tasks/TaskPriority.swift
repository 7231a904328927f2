/// How important a task is.
package enum TaskPriority: String, Sendable, CaseIterable {
    case none, low, medium, high
}
