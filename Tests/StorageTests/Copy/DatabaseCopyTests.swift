import Domain
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// Copies from the tests' database into an SQLite file, and back into another database of the first kind.
@Suite struct DatabaseCopyTests {
    private func sum(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: bytes.reduce(7) { ($0 &* 31) &+ Int($1) }), UInt8(truncatingIfNeeded: bytes.count)]
    }

    private func copy(from source: DatabaseURL, to target: DatabaseURL) async throws -> [DatabaseCopy.Report] {
        let database = try target.openForTest()
        defer { database.close() }
        return try await DatabaseCopy(from: source, hash: sum, onStep: { _ in }).run(into: database)
    }

    /// All byte values; none for the first row.
    private static func bytes(_ number: Int) -> [UInt8] {
        (0..<number * 300).map { UInt8(truncatingIfNeeded: $0 &* (2 * number + 1)) }
    }

    private func fill(_ url: DatabaseURL, users: Int, tasks: Int) async throws {
        let database = try url.openForTest()
        defer { database.close() }
        try await database.write { connection in
            for user in 0..<users {
                try connection.execute(
                    """
                    INSERT INTO users (id, email, username, email_verified, is_active, created_at, updated_at)
                    VALUES (\("u\(user)"), \("u\(user)@example.com"), \(user == 0 ? nil : "Ü 👩‍👩‍👧 '\u{1}"), \(user == 1), \(true),
                        \(Int64.max - Int64(user)), \(-1))
                    """)
                try connection.execute(
                    """
                    INSERT INTO pictures (user_id, digest, format, content)
                    VALUES (\("u\(user)"), \("d\(user)"), \("image/png"), \(Self.bytes(user)))
                    """)
                try connection.execute(
                    """
                    INSERT INTO invitations
                        (id, token_digest, email, maximum_uses, uses, created_by, created_at, expires_at, revoked_at)
                    VALUES (\("i\(user)"), \("d\(user)"), \(user == 0 ? nil : "i\(user)@example.com"),
                        \(user == 0 ? nil : 3), \(user), \("command line: root"), \(1), \(2), \(user == 2 ? 3 : nil))
                    """)
                try connection.execute(
                    """
                    INSERT INTO api_tokens
                        (id, user_id, digest, name, scopes, created_at, expires_at, last_used_at, last_used_address)
                    VALUES (\("a\(user)"), \("u\(user)"), \("d\(user)"), \("Müsli"), \("tasks:read"), \(1),
                        \(user == 0 ? nil : 2), \(user == 1 ? nil : 3), \(user == 1 ? "" : "2001:db8::1"))
                    """)
                try connection.execute(
                    """
                    INSERT INTO second_factors (user_id, sealed_secret, activated_at, last_step)
                    VALUES (\("u\(user)"), \("bound.a\(user)"), \(1), \(Int64.max))
                    """)
                try connection.execute(
                    """
                    INSERT INTO recovery_codes (id, user_id, sealed_digest, used_at)
                    VALUES (\("c\(user)"), \("u\(user)"), \("bound.b\(user)"), \(user == 0 ? nil : 2))
                    """)
                try connection.execute(
                    """
                    INSERT INTO waiting_resets
                        (user_id, first_code_id, second_code_id, requested_at, ready_at, expires_at)
                    VALUES (\("u\(user)"), \("c\(user)"), \("d\(user)"), \(1), \(2), \(Int64.max))
                    """)
                try connection.execute(
                    """
                    INSERT INTO passkeys (
                        id, user_id, credential_id, public_key, user_handle, name, transports, aaguid, created_at,
                        is_of_verified_address, is_backup_eligible, is_backed_up, sign_count, last_used_at, suspected_at
                    ) VALUES (
                        \("p\(user)"), \("u\(user)"), \("Pd-\(user)"), \([0, 0xFF, UInt8(user)]),
                        \(user == 0 ? nil : [UInt8(1), 0]), \("Schlüssel"), \("internal usb"), \(""), \(1), \(user == 1),
                        \(user == 2), \(user == 2), \(Int64(UInt32.max)), \(user == 1 ? nil : 3), \(user == 0 ? 4 : nil)
                    )
                    """)
                try connection.execute(
                    """
                    INSERT INTO former_apps (user_id, activated_at, sealed_secret, last_step, removed_at)
                    VALUES (\("u\(user)"), \(1), \("bound.c\(user)"), \(Int64.max), \(2))
                    """)
                try connection.execute(
                    """
                    INSERT INTO former_recovery_codes (id, user_id, sealed_digest, used_at, removed_at)
                    VALUES (\("f\(user)"), \("u\(user)"), \("bound.d\(user)"), \(user == 0 ? nil : 2), \(3))
                    """)
                try connection.execute(
                    """
                    INSERT INTO former_passkeys (
                        id, user_id, credential_id, public_key, user_handle, name, transports, aaguid, created_at,
                        is_of_verified_address, is_backup_eligible, is_backed_up, sign_count, last_used_at, suspected_at,
                        removed_at
                    ) VALUES (
                        \("f\(user)"), \("u\(user)"), \("Fd-\(user)"), \([0, 0xFF, UInt8(user)]),
                        \(user == 0 ? nil : [UInt8(1), 0]), \("Schlüssel"), \("internal usb"), \(""), \(1), \(user == 1),
                        \(user == 2), \(user == 2), \(Int64(UInt32.max)), \(user == 1 ? nil : 3), \(user == 0 ? 4 : nil),
                        \(5)
                    )
                    """)
                try connection.execute(
                    """
                    INSERT INTO second_factor_failures (user_id, origin, failures, locked_until)
                    VALUES (\("u\(user)"), \("known"), \(user), \(user == 1 ? nil : 3))
                    """)
                for task in 0..<tasks {
                    try connection.execute(
                        """
                        INSERT INTO tasks (user_id, id, title, completed, completed_at, created_at, updated_at)
                        VALUES (\("u\(user)"), \("t\(task)"), \("Title \(task)"), \(task == 1), \(task == 1 ? 5 : nil), \(1), \(2))
                        """)
                }
            }
        }
    }

    @Test func `every table is copied, or listed as not copied`() async throws {
        try await TestDatabase.with { database in
            let (tables, known) = try await database.read { connection in
                (
                    try connection.rows(connection.dialect.tableNames) { $0.text(0) },
                    Table.all.map(\.name) + Table.uncopied(connection.dialect)
                )
            }
            #expect(tables.sorted() == known.sorted())
        }
    }

    @Test func `copying there and back changes nothing`() async throws {
        try await withTemporaryDirectory { directory in
            try await TestDatabase.withURL { start in
                try await fill(start, users: 3, tasks: 700)
                let file = DatabaseURL.sqlite(path: directory + "/middle.db")
                let first = try await copy(from: start, to: file)
                #expect(first.first { $0.table == "tasks" }?.rows == 2100)
                try await TestDatabase.withURL { end in
                    // A copy has other epochs, so that no client takes its revisions for those of the original.
                    let second = try await copy(from: file, to: end)
                    #expect(second.filter { $0.table != "epochs" } == first.filter { $0.table != "epochs" })
                    let users: SQL = "SELECT user_id FROM epochs ORDER BY user_id"
                    var epochs: Set<String> = []
                    for database in [start, file, end] {
                        let found = try await database.openAndClose {
                            try $0.rows(users) { UserID(rawValue: $0.text(0)) }.map($0.revision)
                        }
                        #expect(found.map(\.sequence) == [700, 700, 700])
                        epochs.formUnion(found.map(\.epoch))
                    }
                    #expect(epochs.count == 9)
                    let pictures = try await end.openAndClose {
                        try $0.rows("SELECT content FROM pictures ORDER BY user_id") { $0.blob(0) }
                    }
                    #expect(pictures == (0..<3).map(Self.bytes))
                    // Titles and names are compared byte by byte, not by canonical equivalence.
                    let names = try await end.openAndClose {
                        try $0.rows("SELECT username FROM users ORDER BY id") { $0.optionalText(0) }
                    }
                    #expect(
                        names.map { $0.map { Array($0.utf8) } } == [
                            nil, Array("Ü 👩‍👩‍👧 '\u{1}".utf8), Array("Ü 👩‍👩‍👧 '\u{1}".utf8),
                        ])
                }
            }
        }
    }

    @Test func `a target that is not empty is left alone`() async throws {
        try await withTemporaryDirectory { directory in
            try await TestDatabase.withURL { target in
                let file = DatabaseURL.sqlite(path: directory + "/source.db")
                try await fill(file, users: 2, tasks: 1)
                try await fill(target, users: 1, tasks: 0)
                let error = await #expect(throws: StorageError.self) { try await copy(from: file, to: target) }
                #expect(error?.description.contains("not empty") == true)
                let count = try await target.openAndClose { try $0.row("SELECT COUNT(*) FROM users") { $0.integer(0) } }
                #expect(count == 1)
            }
        }
    }

    @Test func `a copy can be cancelled at each of its steps, and leaves nothing`() async throws {
        try await withTemporaryDirectory { directory in
            try await TestDatabase.withURL { source in
                try await fill(source, users: 2, tasks: 3)
                let database = try DatabaseURL.sqlite(path: directory + "/target.db").openForTest()
                defer { database.close() }
                var names: Set<String> = []
                for count in 0... {
                    let seen = Mutex<[String]>([])
                    do {
                        let copy = DatabaseCopy(
                            from: source, hash: sum,
                            onStep: { step in
                                seen.withLock { $0.append(step.name) }
                                if seen.withLock(\.count) > count { throw CancellationError() }
                            })
                        _ = try await copy.run(into: database)
                        #expect(count > 40)
                        break
                    } catch is CancellationError {
                        let left = try await database.read {
                            try $0.row("SELECT COUNT(*) FROM users") { $0.integer(0) }
                        }
                        #expect(left == 0)
                    }
                    names.formUnion(seen.withLock(\.self))
                }
                #expect(names == ["copying", "indexing"])
            }
        }
    }

    @Test func `a missing source is reported`() async throws {
        try await withTemporaryDirectory { directory in
            try await TestDatabase.withURL { target in
                let error = await #expect(throws: StorageError.self) {
                    try await copy(from: .sqlite(path: directory + "/none.db"), to: target)
                }
                #expect(error?.description.contains("nothing to copy") == true)
            }
        }
    }
}

extension DatabaseURL {
    fileprivate func openAndClose<Value: Sendable>(
        _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        let database = try openForTest()
        defer { database.close() }
        return try await database.read(work)
    }
}
