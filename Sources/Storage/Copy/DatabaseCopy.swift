import Basics

/// Copies everything from one database into another, empty one, in one transaction: both databases have the same
/// tables, so this is reading rows and writing them.
package struct DatabaseCopy: Sendable {
    /// The result of copying one table.
    package struct Report: Sendable, Hashable {
        package let table: String
        package let rows: Int
        /// Over all rows in key order, as the target holds them; compared with the source's.
        package let checksum: [UInt8]
    }

    private let source: DatabaseURL
    private let hash: @Sendable ([UInt8]) throws -> [UInt8]
    private let onStep: @Sendable (WorkStep) throws -> Void

    /// - Parameters:
    ///   - hash: the hash function for checksums.
    ///   - onStep: ends the copy by throwing.
    package init(
        from source: DatabaseURL, hash: @escaping @Sendable ([UInt8]) throws -> [UInt8],
        onStep: @escaping @Sendable (WorkStep) throws -> Void
    ) {
        self.source = source
        self.hash = hash
        self.onStep = onStep
    }

    /// Copies, reads back, compares, and only then commits.
    /// - Throws: `StorageError`; then the target is left empty.
    package func run(into target: any Database) async throws -> [Report] {
        let copy = self
        return try await target.write { target in
            guard let reports = try copy.source.peek({ try copy.run(from: $0, into: target) }) else {
                throw StorageError.unusable("There is nothing to copy: the source is not a database, or is empty.")
            }
            return reports
        }
    }

    private func run(from source: any Connection, into target: any Connection) throws -> [Report] {
        for table in Table.all where try table.count(on: target) > 0 {
            throw StorageError.unusable("The target is not empty: its table \(table.name) has rows.")
        }
        var counted: Int64 = 0
        for table in Table.all { counted += Int64(try table.count(on: source)) }
        let total = counted
        // Rows that were read, from the source and back from the target.
        var read: Int64 = 0
        func show(_ table: Table) throws {
            try onStep(WorkStep("copying", detail: table.name, read / 2, of: total, .rows))
        }
        let reports = try Table.all.map { table in
            let columns = try table.columns(on: source)
            var checksum = try hash([])
            var done = 0
            try show(table)
            // Triggers have filled it while its neighbours were copied.
            if table.isFilledByTriggers { try target.execute(SQL(trusted: "DELETE FROM \(table.name)")) }
            try eachBatch(of: table, columns, on: source) { rows in
                checksum = try hash(checksum + Self.bytes(of: rows))
                try target.execute(table.insertion(of: rows, columns))
                done += rows.count
                read += Int64(rows.count)
                try show(table)
            }
            var (copied, copiedChecksum) = (0, try hash([]))
            try eachBatch(of: table, columns, on: target) { rows in
                copiedChecksum = try hash(copiedChecksum + Self.bytes(of: rows))
                copied += rows.count
                read += Int64(rows.count)
                try show(table)
            }
            guard (copied, copiedChecksum) == (done, checksum) else {
                throw StorageError.failed("The copy of \(table.name) differs from its source; nothing was kept.")
            }
            return Report(table: table.name, rows: copied, checksum: copiedChecksum)
        }
        try target.renewEpochs()
        try TaskSearch.indexAll(on: target) { try onStep(WorkStep("indexing")) }
        return reports
    }

    private func eachBatch(
        of table: Table, _ columns: [Table.Column], on connection: any Connection, _ use: ([[SQLValue]]) throws -> Void
    ) throws {
        var last: [SQLValue]?
        while true {
            let rows = try connection.rows(table.page(columns, after: last, limit: table.batch)) { row in
                columns.indices.map { columns[$0].value(of: row, $0) }
            }
            guard let end = rows.last else { return }
            try use(rows)
            last = table.key.compactMap { name in columns.firstIndex { $0.name == name }.map { end[$0] } }
        }
    }

    /// An injective encoding of rows as bytes.
    private static func bytes(of rows: [[SQLValue]]) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ tag: Character, _ content: some Collection<UInt8>) {
            bytes += "\(tag)\(content.count):".utf8
            bytes += content
        }
        for value in rows.joined() {
            switch value {
            case .null: append("n", [])
            case .text(let text): append("t", Array(text.utf8))
            case .integer(let integer): append("i", Array(String(integer).utf8))
            case .bool(let bool): append("b", [bool ? 1 : 0])
            case .bytes(let bytes): append("x", bytes)
            }
        }
        return bytes
    }
}
