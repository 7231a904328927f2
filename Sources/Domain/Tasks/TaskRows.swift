/// The tasks of a list, one after another.
package struct TaskRows {
    /// Where the next page begins, once all rows were read: the last id shown, or nil on the last page.
    package private(set) var nextCursor: TaskID?
    private let step: () throws -> TaskRow?
    private var left: Int
    private var lastID: TaskID?

    /// - Parameter step: the next row of one more than `limit`, or nil.
    package init(limit: Int, _ step: @escaping () throws -> TaskRow?) {
        self.step = step
        left = limit
    }

    /// Ends the page after the row that was read last, which still lies there.
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
        // Its bytes are gone when it is known whether there is another.
        if left == 0 { lastID = TaskID(rawValue: String(decoding: row.id, as: UTF8.self)) }
        return row
    }
}
