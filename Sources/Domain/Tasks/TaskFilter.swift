/// Selects tasks by what they are; nil selects all.
package struct TaskFilter: Sendable, Hashable {
    package var isCompleted: Bool?

    package init(isCompleted: Bool? = nil) { self.isCompleted = isCompleted }
}
