import Domain

/// One row of a result, by column number from 0.
package protocol Row {
    func isNull(_ column: Int) -> Bool
    /// The text in the database's memory, valid as long as the row; it should be UTF-8. Nil for NULL.
    func optionalBytes(_ column: Int) -> UnsafeBufferPointer<UInt8>?
    func integer(_ column: Int) -> Int64
    func bool(_ column: Int) -> Bool
    /// Binary data. NULL is empty.
    func blob(_ column: Int) -> [UInt8]
    /// Adds the columns of a task. A requirement, not only an extension, so that it is specialised for each database.
    func append(to rows: inout TaskRows)
}

extension Row {
    /// As `optionalBytes`; NULL is empty.
    package func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8> {
        optionalBytes(column) ?? UnsafeBufferPointer(start: nil, count: 0)
    }

    package func text(_ column: Int) -> String { String(decoding: bytes(column), as: UTF8.self) }

    package func optionalText(_ column: Int) -> String? {
        optionalBytes(column).map { String(decoding: $0, as: UTF8.self) }
    }

    package func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }
}
