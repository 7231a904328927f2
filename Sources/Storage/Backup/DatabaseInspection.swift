import Basics

/// The contents of a database file that no process uses, found while checking that it is whole.
package struct DatabaseInspection: Sendable {
    /// The version of its schema.
    package let schema: Int64
    /// The number of rows of each table that users' data is in.
    package let counts: [String: Int]
    /// The traces of the secret that it was used with.
    package let evidence: SecretEvidence
    /// The time of the last row of the audit trail.
    package let lastEvent: Timestamp?

    /// Reads all of the file.
    /// - Parameter isCancelled: asked now and then; the reading ends when it is true.
    /// - Throws: `StorageError`, as a sentence about the file if it is damaged or not ours.
    package init(_ file: SQLiteFile, isCancelled: @escaping () -> Bool = { false }) throws {
        do {
            let connection = try ForeignDatabase(path: file.path).connect()
            defer { connection.close() }
            connection.interruptsWhen(isCancelled)
            try self.init(of: file.path, on: connection)
        } catch {
            if isCancelled() { throw CancellationError() }
            guard let error = error as? StorageError, error.description.hasPrefix("SQLite ") else { throw error }
            throw StorageError.unusable(SQLiteProblem.sentence(about: file.path, error.description))
        }
    }

    private init(of path: String, on connection: SQLiteConnection) throws {
        let tables = Set(try connection.rows(Dialect.sqlite.tableNames) { $0.text(0) })
        guard tables.contains("schema_migrations") else {
            throw StorageError.unusable("\(path) is not a Latchkey database.")
        }
        if let damage = try connection.damage(isThorough: true) {
            let reason = damage.split(whereSeparator: \.isNewline).joined(separator: " ")
            throw StorageError.unusable("\(path) is damaged: \(reason).")
        }
        schema = try Migrations.version(on: connection)
        var counts: [String: Int] = [:]
        for table in Table.all where tables.contains(table.name) {
            counts[table.name] = try table.count(on: connection)
        }
        self.counts = counts
        // Versions before the first backups had neither.
        evidence =
            tables.contains("secret_check") ? try SQLSecretCheckStore.completeEvidence(on: connection) : .none
        lastEvent = tables.contains("audit_events") ? try connection.lastEvent() : nil
    }
}

extension Connection {
    /// The time of the last row of the audit trail.
    func lastEvent() throws -> Timestamp? {
        try row("SELECT at FROM audit_events ORDER BY number DESC LIMIT 1") { Timestamp(milliseconds: $0.integer(0)) }
    }
}
