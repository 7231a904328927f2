import Basics

/// A place in a list: after the task that had this id and this sort key when it was read.
package struct TaskCursor: Sendable, Hashable {
    /// Nil where the id is the key.
    package let key: Timestamp?
    package let id: TaskID

    package init(key: Timestamp? = nil, id: TaskID) {
        self.key = key
        self.id = id
    }
}
