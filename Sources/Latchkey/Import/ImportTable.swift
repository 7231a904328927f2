import Basics

/// A table of another system, as text.
struct ImportTable: Sendable {
    /// The name shown to people: `table user` or `users.csv`.
    let name: String
    let rows: [ImportRow]
    private let header: [String]
    private let columns: [String: Int]

    /// - Parameters:
    ///   - header: the column names as spelled in the source.
    ///   - types: the declared column types; nil if they are unknown.
    ///   - rows: a place, such as `line 7`, and as many values as there are columns.
    init(name: String, header: [String], types: [String]? = nil, rows: [(place: String, values: [String?])]) {
        self.name = name
        self.header = header
        let columns = Dictionary(
            header.enumerated().map { (Self.normalized($1), $0) }, uniquingKeysWith: { first, _ in first })
        self.columns = columns
        self.rows = rows.map {
            ImportRow(place: "\(name), \($0.place)", columns: columns, types: types, values: $0.values)
        }
    }

    func has(_ column: ImportColumn) -> Bool { column.names.contains { columns[$0] != nil } }

    /// - Throws: `ImportFailure` if a column is missing.
    func require(_ wanted: [ImportColumn]) throws(ImportFailure) {
        for column in wanted where !has(column) {
            throw ImportFailure("\(name) has no column \(column.names.joined(separator: " or ")).")
        }
    }

    /// The names of all columns that stand for none of these.
    func columns(besides known: [ImportColumn]) -> [String] {
        let taken = known.compactMap { column in column.names.lazy.compactMap { columns[$0] }.first }
        return header.indices.filter { !taken.contains($0) }.map { header[$0] }
    }

    private static func normalized(_ name: String) -> String {
        String(name.trimmingWhitespace().lowercased().filter { $0 != "_" })
    }
}
