import Basics

/// A place in a list: after the task that had this id and this sort key when it was read.
package struct TaskCursor: Sendable, Hashable {
    /// Nil where the id is the key, and for the key that the task has now.
    package let key: Timestamp?
    package let id: TaskID

    package init(key: Timestamp? = nil, id: TaskID) {
        self.key = key
        self.id = id
    }

    /// - Returns: nil for text that `text` does not give.
    package init?(_ text: String) {
        let parts = text.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
        guard let id = TaskID(untrusted: parts[parts.count - 1]) else { return nil }
        guard parts.count == 2 else {
            self.init(id: id)
            return
        }
        guard parts[0].utf8.count <= 15, let key = Int64(digits: parts[0]) else { return nil }
        self.init(key: Timestamp(milliseconds: key), id: id)
    }

    /// Needs no escaping in a URL.
    package var text: String { (key.map { "\($0.milliseconds)_" } ?? "") + id.rawValue }
}
