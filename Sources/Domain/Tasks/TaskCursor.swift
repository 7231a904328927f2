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

    /// The id; for an order that has other keys with its name and the key after it.
    package func text(in order: TaskOrder) -> String { id.rawValue + (key.map { "_\(order.name)_\($0)" } ?? "") }

    /// - Parameter order: that of the list.
    /// - Returns: nil for a text that no cursor of this order has.
    package init?(_ text: String, in order: TaskOrder) {
        guard order.key != .creation else {
            guard let id = TaskID(untrusted: text) else { return nil }
            self.init(id: id)
            return
        }
        let id = text.prefix(36)
        let name = "_\(order.name)_"
        guard let id = TaskID(untrusted: id), text.dropFirst(36).hasPrefix(name), text.utf8.count <= 400 else {
            return nil
        }
        let key = String(text.dropFirst(36 + name.count))
        switch order.key {
        case .creation, .position, .due: break
        case .lastChange, .priority, .deletion: guard Int64(key) != nil else { return nil }
        }
        self.init(key: key, id: id)
    }
}
