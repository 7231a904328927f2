import Basics

package enum Migrations {
    static let all: [Migration] = [
        .users, .sessions, .tasks, .deletedTasks, .signingKeys, .identities, .throttles, .audit, .resetLinks,
        .sessionLimits, .knownDevices, .secretCheck, .pictures, .auditCheckpoint, .taskUsage, .identityNames,
        .signingTimes, .trash, .changes, .mail, .recentProof, .accountPage, .deletionRequests, .invitations,
        .recoveryLinks, .mailRetries, .mailedCodes, .taskDates, .storedAnswers,
        .userLocale, .lists, .search, .reminders, .apiTokens, .secondFactors,
        .passkeys, .admins, .linkedAccounts, .waitingResets, .auditAuthors, .formerFactors,
        .confirmedElsewhere, .tagsByTask,
    ]

    /// The newest schema version that this program knows.
    package static var latestVersion: Int64 { all.last?.version ?? 0 }

    /// Migrates the schema: all missing migrations in one transaction, under a lock, so that of several programs that
    /// start together one migrates and the others wait.
    /// - Throws: `StorageError.unusable` for a database that is not ours or is newer than this program.
    static func run(on connection: some Connection, upTo migrations: [Migration] = all) throws {
        let dialect = connection.dialect
        try connection.execute(dialect.beginExclusive)
        do {
            try connection.lockUntilCommit(LockKey.migrations)
            let tables = try connection.rows(dialect.tableNames) { $0.text(0) }
            if !tables.contains("schema_migrations") {
                guard tables.isEmpty else {
                    throw StorageError.unusable(
                        "The database holds tables of another program (\(tables.prefix(3).joined(separator: ", "))). Give Latchkey one of its own."
                    )
                }
                try connection.execute(
                    """
                    CREATE TABLE schema_migrations (
                        version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL
                    )
                    """)
            }
            let current = try version(on: connection)
            let latest = migrations.last?.version ?? 0
            guard current <= latest else { throw newerSchema(current, latest) }
            for migration in migrations where migration.version > current {
                for statement in migration.statements(dialect) { try connection.execute(SQL(stringLiteral: statement)) }
                try migration.work(connection)
                try connection.execute(
                    """
                    INSERT INTO schema_migrations (version, name, applied_at)
                    VALUES (\(migration.version), \(migration.name), \(Timestamp.now()))
                    """)
            }
            try connection.execute("COMMIT")
        } catch {
            _ = try? connection.execute("ROLLBACK")
            throw error
        }
    }

    /// - Throws: `StorageError.unusable` for a schema that is newer than this program.
    package static func requireKnown(_ version: Int64) throws {
        guard version <= latestVersion else { throw newerSchema(version, latestVersion) }
    }

    private static func newerSchema(_ version: Int64, _ latest: Int64) -> StorageError {
        .unusable(
            "The database was last used by a newer Latchkey (schema \(version), this one knows \(latest)). Start the newer one."
        )
    }

    /// The migrations applied since then.
    package static func applied(since time: Timestamp, on connection: any Connection) throws -> [Int64] {
        try connection.rows("SELECT version FROM schema_migrations WHERE applied_at >= \(time) ORDER BY version") {
            $0.integer(0)
        }
    }

    /// The last migration applied; 0 in an empty database.
    package static func version(on connection: any Connection) throws -> Int64 {
        try connection.row("SELECT COALESCE(MAX(version), 0) FROM schema_migrations") { $0.integer(0) } ?? 0
    }
}
