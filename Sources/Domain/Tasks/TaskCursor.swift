import Basics

/// A place in a list: after the task that had this id and this sort key when it was read.
package struct TaskCursor: Sendable, Hashable {
    /// Nil where the id is the key; empty for a task without.
    package let key: String?
    package let id: TaskID

    package init(key: String? = nil, id: TaskID) {
        self.key = key
        self.id = id
    }

    /// The key as a number.
    package var number: Int64 { key.flatMap { Int64($0) } ?? 0 }

    /// The id, with the key after it if there is one.
    package var text: String { id.rawValue + (key.map { "_" + $0 } ?? "") }

    /// - Parameter order: that of the list.
    /// - Returns: nil for a text that no cursor of this order has.
    package init?(_ text: String, in order: TaskOrder) {
        guard order.key != .creation else {
            guard let id = TaskID(untrusted: text) else { return nil }
            self.init(id: id)
            return
        }
        let parts = text.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let id = TaskID(untrusted: parts[0]), parts[1].utf8.count <= 300 else { return nil }
        switch order.key {
        case .creation, .position, .due: break
        case .lastChange, .priority, .deletion: guard Int64(parts[1]) != nil else { return nil }
        }
        self.init(key: String(parts[1]), id: id)
    }
}
