import Basics

/// One row, and its place in the file.
struct ImportRow: Sendable {
    let place: String
    let columns: [String: Int]
    let types: [String]?
    let values: [String?]

    /// The value; nil if it is NULL or empty, or if there is no such column.
    subscript(column: ImportColumn) -> String? {
        guard let index = index(of: column), let value = values[index], !value.isEmpty else { return nil }
        return value
    }

    /// An identifier. SQLAlchemy stores UUIDs in SQLite as 32 digits (`CHAR(32)`) and shows them with hyphens; the
    /// externally visible form counts.
    func identifier(_ column: ImportColumn) -> String? {
        guard let text = self[column], let index = index(of: column) else { return nil }
        let mayBeUUID = types.map { $0[index].uppercased() == "CHAR(32)" } ?? true
        let digits = Array(text.utf8)
        guard mayBeUUID, digits.count == 32, digits.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
            return text
        }
        return Hexadecimal.uuid(ofDigits: text)
    }

    private func index(of column: ImportColumn) -> Int? { column.names.lazy.compactMap { columns[$0] }.first }
}
