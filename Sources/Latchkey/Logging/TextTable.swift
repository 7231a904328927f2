/// Lines with aligned columns.
struct TextTable {
    private var rows: [[String]]

    init(_ header: [String]) { rows = [header] }

    mutating func append(_ row: [String]) { rows.append(row.map(\.shown)) }

    var lines: [String] {
        let widths = (rows.first ?? []).indices.map { column in
            rows.map { $0[column].unicodeScalars.count }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, text) in row.enumerated() {
                line += column == row.count - 1 ? text : text.padded(to: widths[column] + 2)
            }
            return line
        }
    }
}
