import Basics

/// A page of a task list. All texts are in one buffer, so reading it takes a few allocations, however many tasks it has.
package struct TaskRows: Sendable {
    /// A row by the positions of its texts in the buffer.
    private struct Entry: Sendable {
        let id: Range<Int>
        let title: Range<Int>
        let description: Range<Int>?
        let completedAt: Timestamp?
        let createdAt: Timestamp
        let updatedAt: Timestamp
    }

    private var entries: [Entry] = []
    private var texts: [UInt8] = []
    /// True if the list goes on after these rows.
    package var isCut = false

    package init() {}

    package var count: Int { entries.count }

    /// The size of all texts in bytes.
    package var textSize: Int { texts.count }

    /// The last id on the page, as the next page's cursor; nil on the last page.
    package var nextCursor: TaskID? { isCut ? lastID(upTo: entries.count) : nil }

    /// The id of the row before `end`.
    package func lastID(upTo end: Int) -> TaskID? {
        end == 0 ? nil : TaskID(rawValue: String(decoding: texts[entries[end - 1].id], as: UTF8.self))
    }

    /// All rows as tasks.
    package func tasks(of owner: UserID) -> [TaskItem] {
        entries.indices.map { TaskItem(self[$0], ownerID: owner) }
    }

    package subscript(index: Int) -> TaskRow {
        let entry = entries[index]
        return TaskRow(
            id: texts[entry.id], title: texts[entry.title], description: entry.description.map { texts[$0] },
            completedAt: entry.completedAt, createdAt: entry.createdAt, updatedAt: entry.updatedAt)
    }

    /// Adds a row.
    /// - Parameter appendID: appends the id to the buffer; likewise the others.
    package mutating func append(
        completedAt: Timestamp?, createdAt: Timestamp, updatedAt: Timestamp, hasDescription: Bool,
        _ appendID: (inout [UInt8]) -> Void, _ appendTitle: (inout [UInt8]) -> Void,
        _ appendDescription: (inout [UInt8]) -> Void
    ) {
        if entries.isEmpty {
            entries.reserveCapacity(TaskQuery.defaultLimit)
            texts.reserveCapacity(TaskQuery.defaultLimit * 96)
        }
        func range(_ append: (inout [UInt8]) -> Void) -> Range<Int> {
            let start = texts.count
            append(&texts)
            return start..<texts.count
        }
        let (id, title) = (range(appendID), range(appendTitle))
        entries.append(
            Entry(
                id: id, title: title, description: hasDescription ? range(appendDescription) : nil,
                completedAt: completedAt,
                createdAt: createdAt, updatedAt: updatedAt))
    }
}
