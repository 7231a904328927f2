/// The tasks of a list, in sequence.
package struct TaskRows {
    /// The next page's cursor, once all rows were read: the last id on the page, or nil on the last page.
    package private(set) var nextCursor: TaskID?
    private let step: () throws -> TaskRow?
    private var left: Int
    private var lastID: TaskID?

    /// - Parameter step: returns the next of up to `limit` + 1 rows, or nil.
    package init(limit: Int, _ step: @escaping () throws -> TaskRow?) {
        self.step = step
        left = limit
    }

    /// Ends the page after the row that was read last, which is still valid.
    package mutating func endPage(after row: TaskRow) {
        guard left > 0 else { return }
        left = 0
        lastID = TaskID(rawValue: String(decoding: row.id, as: UTF8.self))
    }

    package mutating func next() throws -> TaskRow? {
        guard left > 0 else {
            if let lastID, try step() != nil { nextCursor = lastID }
            lastID = nil
            return nil
        }
        guard let row = try step() else {
            left = 0
            return nil
        }
        left -= 1
        // Its bytes are no longer valid when it is known whether another row follows.
        if left == 0 { lastID = TaskID(rawValue: String(decoding: row.id, as: UTF8.self)) }
        return row
    }
}
