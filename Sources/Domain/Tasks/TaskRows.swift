import Basics

/// A page of a task list. All texts are in one buffer, so reading it takes a few allocations, however many tasks it has.
@usableFromInline
package struct TaskRows: Sendable {
    /// A value; a text by its position in the buffer.
    @usableFromInline
    enum Cell: Sendable {
        case null
        case integer(Int64)
        case text(Range<Int>)
    }

    /// Those of all rows, row by row, one for each of `TaskColumn.all`.
    @usableFromInline var values: [Cell] = []
    /// The number of values of each row.
    @usableFromInline let width = TaskColumn.all.count
    @usableFromInline var texts: [UInt8] = []
    /// True if the list goes on after these rows.
    package var isCut = false

    /// - Parameter count: the expected number of rows.
    package init(expecting count: Int = 0) {
        values.reserveCapacity(count * width)
        texts.reserveCapacity(count * 96)
    }

    package var count: Int { values.count / width }

    /// The size of all texts in bytes.
    package var textSize: Int { texts.count }

    /// The cursor of the page after the first `shown` rows; nil if there are no more.
    package func nextCursor(after shown: Int, in order: TaskOrder) -> TaskCursor? {
        guard shown > 0, isCut || shown < count else { return nil }
        return cursor(at: shown - 1, in: order)
    }

    /// The place after a row.
    package func cursor(at index: Int, in order: TaskOrder) -> TaskCursor {
        TaskCursor(key: order.key(of: self[index]), id: TaskID(rawValue: self[index].text(.id)))
    }

    /// All rows as tasks.
    package func tasks(of owner: UserID) -> [TaskItem] { (0..<count).map { TaskItem(self[$0], ownerID: owner) } }

    @inlinable
    package subscript(index: Int) -> TaskRow { TaskRow(rows: self, index: index) }

    // MARK: Reading

    @inlinable
    func bytes(_ column: TaskColumn, at row: Int) -> ArraySlice<UInt8>? {
        guard case .text(let range) = value(column, at: row) else { return nil }
        return texts[range]
    }

    @inlinable
    func isNull(_ column: TaskColumn, at row: Int) -> Bool {
        if case .null = value(column, at: row) { true } else { false }
    }

    @inlinable
    func integer(_ column: TaskColumn, at row: Int) -> Int64? {
        guard case .integer(let value) = value(column, at: row) else { return nil }
        return value
    }

    @inlinable
    func value(_ column: TaskColumn, at row: Int) -> Cell {
        values[row * width + column.rawValue]
    }

    // MARK: Filling

    package mutating func removeLast() {
        for value in values.suffix(width) {
            if case .text(let range) = value { texts.removeLast(range.count) }
        }
        values.removeLast(width)
    }

    /// Adds the next value; a row is there when each of `TaskColumn.all` has its value, in that order.
    @inlinable
    package mutating func appendNull() { values.append(.null) }

    @inlinable
    package mutating func append(_ integer: Int64) { values.append(.integer(integer)) }

    /// - Parameter text: nil for a null.
    @inlinable
    package mutating func append(_ text: UnsafeBufferPointer<UInt8>?) {
        guard let text else { return appendNull() }
        let start = texts.count
        texts.append(contentsOf: text)
        values.append(.text(start..<texts.count))
    }
}
