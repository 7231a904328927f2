import Glibc

/// Another program's SQLite file: read from one consistent snapshot, never written, and without leaving files beside
/// it.
package struct ForeignDatabase: Sendable {
    private let path: String

    package struct Table: Sendable {
        package let name: String
        /// The columns with their declared types.
        package let columns: [(name: String, type: String)]
        /// Every value as text, nil for NULL.
        package let rows: [[String?]]
    }

    package init(path: String) { self.path = path }

    /// The complete tables whose names are wanted.
    /// - Throws: `StorageError` if the file cannot be read as a database, or is damaged.
    package func tables(_ isWanted: (String) -> Bool) throws -> [Table] {
        let connection = try connect()
        defer { connection.close() }
        let names = try connection.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") {
            $0.text(0)
        }
        return try names.filter(isWanted).map { try Self.table($0, on: connection) }
    }

    private static func table(_ name: String, on connection: SQLiteConnection) throws -> Table {
        let columns = try connection.rows("SELECT name, type FROM pragma_table_info(\(name))") {
            (name: $0.text(0), type: $0.text(1))
        }
        let list = columns.map { "CAST(\(quoted($0.name)) AS TEXT)" }.joined(separator: ", ")
        let rows = try connection.rows(SQL(stringLiteral: "SELECT \(list) FROM \(quoted(name))")) { row in
            columns.indices.map(row.optionalText)
        }
        return Table(name: name, columns: columns, rows: rows)
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// A connection within a transaction, so that all reads are from one consistent snapshot.
    func connect() throws -> SQLiteConnection {
        let connection =
            if let uri = try uriOfSettledFile {
                try SQLiteConnection(path: uri, mode: .readOnly, busyTimeout: 5000, isURI: true)
            } else {
                try SQLiteConnection(path: path, mode: .readOnly, busyTimeout: 5000)
            }
        // The file is untrusted: functions called by its schema must have no side effects.
        try connection.execute("PRAGMA trusted_schema = OFF")
        try connection.execute("BEGIN")
        return connection
    }

    /// A URI for a database in write-ahead mode that no process has open: opening it otherwise would create `-wal` and
    /// `-shm` files, which only a writer removes again.
    private var uriOfSettledFile: String? {
        get throws {
            guard try isWriteAhead, access(path + "-wal", F_OK) != 0, let full = realpath(path, nil) else { return nil }
            defer { free(full) }
            let digits = Array("0123456789ABCDEF".utf8)
            let escaped = String(cString: full).utf8.flatMap { byte in
                byte > 0x20 && byte < 0x7F && !"%?#".utf8.contains(byte)
                    ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            return "file:" + String(decoding: escaped, as: UTF8.self) + "?immutable=1"
        }
    }

    /// The read and write versions in bytes 18 and 19 of the file header (sqlite.org/fileformat2.html, section 1.3.3).
    private var isWriteAhead: Bool {
        get throws {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw StorageError.unavailable("\(path) cannot be opened: \(String(cString: strerror(errno))).")
            }
            defer { close(descriptor) }
            var versions: [UInt8] = [0, 0]
            return pread(descriptor, &versions, 2, 18) == 2 && versions == [2, 2]
        }
    }
}
