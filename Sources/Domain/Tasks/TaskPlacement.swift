/// The list, the parent and the place of a task.
package struct TaskPlacement: Sendable, Hashable {
    package var listID: ListID
    /// The task that it is a part of.
    package var parentID: TaskID?
    package var position: Position

    package init(listID: ListID = .inbox, parentID: TaskID? = nil, position: Position) {
        (self.listID, self.parentID, self.position) = (listID, parentID, position)
    }

    /// The levels of tasks below each other.
    package static let maximumDepth = 3
}
