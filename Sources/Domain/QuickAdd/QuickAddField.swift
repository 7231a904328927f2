/// A part of a task that a line gives.
package enum QuickAddField: String, Sendable, CaseIterable {
    case due, `repeat`, priority, tags, list, description
}
