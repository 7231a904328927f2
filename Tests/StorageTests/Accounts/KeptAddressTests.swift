import Basics
import Domain
import Glibc
import TestSupport
import Testing

@testable import Storage

/// An address that is kept for its former owner, asked for while it is being given up.
@Suite struct KeptAddressTests {
    private let time = Timestamp(milliseconds: 1_800_000_000_000)

    private func user(_ name: String) -> User {
        User(
            id: UserID(rawValue: "id-\(name)"), email: EmailAddress(stored: "\(name)@example.com"), username: nil,
            isActive: true, createdAt: time, updatedAt: time)
    }

    /// Runs `take` while a transaction that gives Alice's address up is under way: on PostgreSQL, that ends only when
    /// `take` waits for it.
    private func whileGivingUp(
        _ database: any Database, _ take: @escaping @Sendable () async throws -> Void
    ) async throws {
        let (givenUp, signal) = AsyncStream.makeStream(of: Void.self)
        let alice = user("alice")
        async let change: Void = database.write { connection in
            defer { signal.finish() }
            try connection.execute("UPDATE users SET email = 'thief@example.org' WHERE id = \(alice.id)")
            try connection.insert(
                AccountLink(
                    purpose: .recovery, tokenDigest: "digest", createdAt: time, expiresAt: time.adding(seconds: 60)),
                of: alice.id, mailedTo: alice.email)
            signal.finish()
            guard connection.dialect == .postgres else { return }
            for _ in 0..<1000 {
                let isAwaited = try connection.row(
                    "SELECT 1 FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid)) LIMIT 1"
                ) { _ in true }
                if isAwaited ?? false { return }
                usleep(10_000)
            }
        }
        for await _ in givenUp {}
        try await take()
        try await change
    }

    private func owners(_ email: EmailAddress, in database: any Database) async throws -> [String] {
        try await database.read { connection in
            try connection.rows("SELECT id FROM users WHERE email = \(email)") { $0.text(0) }
        }
    }

    @Test func `no one signs up with an address that is being released`() async throws {
        try await TestDatabase.with { database in
            let (store, alice) = (SQLAccountStore(database), user("alice"))
            try await store.insert(alice, passwordHash: "x", recording: nil)
            var thief = user("thief")
            thief.email = alice.email
            try await whileGivingUp(database) { [thief] in
                await #expect(throws: AppError.emailTaken) {
                    try await store.insert(thief, passwordHash: "x", recording: nil)
                }
            }
            #expect(try await owners(alice.email, in: database) == [])
        }
    }
}
