import TestSupport
import Testing

@testable import Storage

/// Identities that were filed under names of the version before.
@Suite struct IdentityNamesTests {
    /// A database of schema 12 with one account for each identity that is given.
    private func withDatabase(
        _ identities: [(issuer: String, subject: String, user: String)], _ work: (DatabaseURL) async throws -> Void
    ) async throws {
        try await TestDatabase.withURL { url in
            try url.withConnection { connection in
                try Migrations.run(on: connection, upTo: Migrations.all.filter { $0.version < 16 })
                for user in Set(identities.map(\.user)).sorted() {
                    try connection.execute(
                        """
                        INSERT INTO users (id, email, email_verified, is_active, created_at, updated_at)
                        VALUES (\(user), \("\(user)@example.com"), \(false), \(true), \(0), \(0))
                        """)
                }
                for (issuer, subject, user) in identities {
                    try connection.execute(
                        """
                        INSERT INTO identities (issuer, subject, user_id, created_at)
                        VALUES (\(issuer), \(subject), \(user), \(0))
                        """)
                }
            }
            try await work(url)
        }
    }

    private func identities(_ url: DatabaseURL) throws -> [String] {
        try url.withConnection { connection in
            try connection.rows("SELECT issuer, subject, user_id FROM identities ORDER BY issuer, subject") {
                "\($0.text(0)) \($0.text(1)) \($0.text(2))"
            }
        }
    }

    @Test func `a trailing slash is removed, and everything else stays`() async throws {
        try await withDatabase([
            ("https://a.example/", "1", "ada"), ("https://a.example", "2", "ben"), ("https://a.example//", "3", "cleo"),
            ("https://b.example/jwks.json", "1", "dora"), ("https://c.example/", "1", "ada"),
            ("https://d.example/x/", "é", "eve"),
            // One account under both names is no conflict.
            ("https://e.example", "1", "finn"), ("https://e.example/", "1", "finn"),
        ]) { url in
            for _ in 0..<2 { try url.openForTest().close() }
            #expect(
                try identities(url) == [
                    "https://a.example 1 ada", "https://a.example 2 ben", "https://a.example 3 cleo",
                    "https://b.example/jwks.json 1 dora", "https://c.example 1 ada", "https://d.example/x é eve",
                    "https://e.example 1 finn",
                ])
        }
    }

    @Test func `two accounts that would become one stop the migration, with their names`() async throws {
        let before = [
            ("https://a.example", "42", "ben"), ("https://a.example/", "42", "ada"),
            ("https://b.example/", "1", "cleo"),
        ]
        try await withDatabase(before) { url in
            let error = #expect(throws: StorageError.self) { try url.openForTest() }
            for name in ["https://a.example/", "42", "ada@example.com", "ben@example.com"] {
                #expect(error?.description.contains(name) == true, "\(error?.description ?? "")")
            }
            #expect(try identities(url) == before.map { "\($0) \($1) \($2)" })
            let version = try url.withConnection { try Migrations.version(on: $0) }
            #expect(version == 15)
        }
    }

    @Test func `a namespace takes over the identities of its issuer`() async throws {
        try await withDatabase([
            ("https://a.example", "1", "ada"), ("https://a.example/jwks.json", "2", "ben"), ("people", "3", "cleo"),
            ("https://b.example", "1", "dora"),
        ]) { url in
            let database = try url.openForTest()
            defer { database.close() }
            let store = SQLAccountStore(database)
            for _ in 0..<2 {
                try await store.moveIdentities(
                    from: ["https://a.example", "https://a.example/jwks.json"], to: "people")
            }
            let moved = ["https://b.example 1 dora", "people 1 ada", "people 2 ben", "people 3 cleo"]
            #expect(try identities(url) == moved)
            await #expect(throws: StorageError.self) {
                try await store.moveIdentities(from: ["https://b.example"], to: "people")
            }
            #expect(try identities(url) == moved)
        }
    }
}
