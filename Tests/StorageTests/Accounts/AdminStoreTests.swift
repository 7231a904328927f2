import Basics
import Domain
import TestSupport
import Testing

@testable import Storage

@Suite struct AdminStoreTests {
    private let time = Timestamp(milliseconds: 1_800_000_000_000)

    private func user(_ name: String, _ username: String? = nil, isVerified: Bool = false) -> User {
        User(
            id: UserID(rawValue: "id-\(name)"), email: EmailAddress(stored: "\(name)@example.com"), username: username,
            isEmailVerified: isVerified, isActive: true, createdAt: time, updatedAt: time)
    }

    private func event(_ kind: AuditEvent.Kind = .roleChanged) -> AuditEvent { AuditEvent(kind, at: time, by: .server) }

    private func withStore(_ users: [User], _ work: (SQLAccountStore, any Database) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let store = SQLAccountStore(database)
            for user in users { try await store.insert(user, passwordHash: "hash", recording: nil) }
            try await work(store, database)
        }
    }

    private func make(_ user: User, _ store: SQLAccountStore) async throws {
        #expect(try await store.makeAdmin(user.id, ifVerified: nil, recording: event()))
    }

    @Test func `an admin keeps the role until it is revoked`() async throws {
        let (alice, bob) = (user("alice"), user("bob"))
        try await withStore([alice, bob]) { store, _ in
            #expect(try await store.user(alice.id)?.isAdmin == false)
            try await make(alice, store)
            try await make(bob, store)
            #expect(try await !store.makeAdmin(alice.id, ifVerified: nil, recording: event()))
            #expect(
                try await store.users(matching: UserQuery(isAdmin: true, limit: 9)).map(\.id) == [alice.id, bob.id])
            #expect(try await store.revokeAdmin(alice.id, recording: event()))
            #expect(try await !store.revokeAdmin(alice.id, recording: event()))
            #expect(try await store.user(alice.id)?.isAdmin == false)
            #expect(try await store.user(bob.id)?.isAdmin == true)
        }
    }

    @Test func `a sign-up and an import make no admin, whatever they say`() async throws {
        var mallory = user("mallory")
        mallory.isAdmin = true
        try await withStore([mallory]) { store, database in
            var eve = user("eve")
            eve.isAdmin = true
            let imported = ImportedUser(user: eve, passwordHash: nil)
            try await database.write {
                try ImportTarget($0, at: imported.user.createdAt).insert(imported, secondFactor: nil)
            }
            #expect(try await store.users(matching: UserQuery(isAdmin: true, limit: 9)).isEmpty)
        }
    }

    @Test func `an address makes an admin only once it is verified, and only of its account`() async throws {
        let (alice, bob) = (user("alice"), user("bob", isVerified: true))
        try await withStore([alice, bob]) { store, _ async throws in
            #expect(try await !store.makeAdmin(alice.id, ifVerified: alice.email, recording: event()))
            #expect(try await !store.makeAdmin(bob.id, ifVerified: alice.email, recording: event()))
            #expect(try await store.makeAdmin(bob.id, ifVerified: bob.email, recording: event()))
        }
    }

    @Test func `nothing removes the last admin`() async throws {
        let (alice, bob) = (user("alice"), user("bob"))
        try await withStore([alice, bob]) { store, _ in
            try await make(alice, store)
            func isKept() async throws {
                await #expect(throws: AppError.lastAdmin) {
                    try await store.revokeAdmin(alice.id, recording: event())
                }
                await #expect(throws: AppError.lastAdmin) {
                    try await store.setActive(alice.id, false, at: time, recording: event(.userDeactivated))
                }
                await #expect(throws: AppError.lastAdmin) {
                    try await store.deleteUser(alice.id, recording: event(.userDeleted))
                }
                await #expect(throws: AppError.lastAdmin) {
                    try await store.requestDeletion(of: alice.id, recording: event(.deletionRequested))
                }
                #expect(try await store.user(alice.id)?.isAdmin == true)
                #expect(try await store.user(alice.id)?.isActive == true)
            }
            try await isKept()
            // An admin who cannot sign in does not count.
            try await make(bob, store)
            _ = try await store.setActive(bob.id, false, at: time, recording: event(.userDeactivated))
            try await isKept()
            _ = try await store.setActive(bob.id, true, at: time, recording: event(.userActivated))
            #expect(try await store.deleteUser(alice.id, recording: event(.userDeleted)))
        }
    }

    @Test func `of two admins who are removed at the same time, one stays`() async throws {
        for round in 0..<20 {
            let (alice, bob) = (user("alice"), user("bob"))
            try await withStore([alice, bob]) { store, _ in
                try await make(alice, store)
                try await make(bob, store)
                async let one = Result { try await store.deleteUser(alice.id, recording: event(.userDeleted)) }
                async let other = Result { () -> Bool in
                    switch round % 3 {
                    case 0: try await store.revokeAdmin(bob.id, recording: event())
                    case 1: try await store.setActive(bob.id, false, at: time, recording: event()) != nil
                    default: try await store.requestDeletion(of: bob.id, recording: event()) != nil
                    }
                }
                let outcomes = await [one, other]
                #expect(outcomes.filter(\.isDone).count == 1, "\(outcomes)")
                #expect(outcomes.filter(\.isLastAdmin).count == 1, "\(outcomes)")
                let left = try await store.users(matching: UserQuery(isAdmin: true, limit: 9)).filter(\.isActive)
                #expect(left.count == 1)
            }
        }
    }

    // MARK: The first

    private func open(_ digest: String, _ store: SQLAccountStore) async throws -> Bool {
        try await store.openSetup(
            tokenDigest: digest, until: time.adding(seconds: 60), recording: event(.tokenCreated))
    }

    @Test func `the setup token makes one admin, once`() async throws {
        let (alice, bob) = (user("alice"), user("bob"))
        try await withStore([alice, bob]) { store, _ in
            #expect(try await !store.isSetupOpen(at: time))
            #expect(try await open("old", store))
            #expect(try await open("new", store))
            #expect(try await store.isSetupOpen(at: time))
            #expect(try await !store.isSetupOpen(at: time.adding(seconds: 60)))
            #expect(try await !store.useSetup(tokenDigest: "old", for: alice.id, recording: event()))
            async let one = store.useSetup(tokenDigest: "new", for: alice.id, recording: event())
            async let other = store.useSetup(tokenDigest: "new", for: bob.id, recording: event())
            let outcomes = try await [one, other]
            #expect(outcomes.filter { $0 }.count == 1)
            #expect(try await store.users(matching: UserQuery(isAdmin: true, limit: 9)).count == 1)
            #expect(try await !open("newest", store))
            #expect(try await !store.isSetupOpen(at: time))
        }
    }

    @Test func `the setup token is void once old, for inactive users, and once there is an admin`()
        async throws
    {
        let (alice, bob) = (user("alice"), user("bob"))
        try await withStore([alice, bob]) { store, database in
            #expect(try await open("token", store))
            var late = event()
            late.at = time.adding(seconds: 60)
            #expect(try await !store.useSetup(tokenDigest: "token", for: alice.id, recording: late))
            _ = try await store.setActive(alice.id, false, at: time, recording: event(.userDeactivated))
            #expect(try await !store.useSetup(tokenDigest: "token", for: alice.id, recording: event()))
            try await make(bob, store)
            #expect(try await !store.useSetup(tokenDigest: "token", for: bob.id, recording: event()))
            // A flag, and no count of admins: it stays closed if they are taken out of the database.
            try await database.write { _ = try $0.execute("UPDATE users SET is_admin = \(false)") }
            #expect(try await !open("another", store))
        }
    }

    // MARK: Finding

    @Test func `finds users by the beginning of address or name, or by id`() async throws {
        let users = [
            user("carol", "Alma"), user("alice", "Zoe"), user("bob", "a%lm_"), user("alma", nil), user("dora", "Ünal"),
        ]
        try await withStore(users) { store, _ async throws in
            func find(_ text: String, after: String = "", limit: Int = 10) async throws -> [String] {
                try await store.users(matching: UserQuery(search: .beginning(text), after: after, limit: limit))
                    .map { String($0.email.text.prefix { $0 != "@" }) }
            }
            #expect(try await find("al") == ["alice", "alma", "carol"])
            #expect(try await find("AL") == ["alice", "alma", "carol"])
            #expect(try await find("al", limit: 2) == ["alice", "alma"])
            #expect(try await find("al", after: "alma@example.com") == ["carol"])
            #expect(try await find("id-dora") == ["dora"])
            #expect(try await find("Ün") == ["dora"])
            #expect(try await find("a%") == ["bob"])
            for nothing in ["lma", "id-dor", "%", "example.com", "' OR 1=1 --"] {
                #expect(try await find(nothing) == [], "\(nothing)")
            }
        }
    }

    @Test func `searches use the indexes of addresses and names`() async throws {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: directory + "/test.db")
            defer { database.close() }
            let recording = RecordingDatabase(database)
            _ = try await SQLAccountStore(recording).users(matching: UserQuery(search: .beginning("a"), limit: 9))
            let statement = try #require(recording.takeStatements().last)
            let plan = try await database.read { connection in
                try connection.rows(SQL(stringLiteral: "EXPLAIN QUERY PLAN " + statement)) { $0.text(3) }
            }
            #expect(!plan.isEmpty)
            #expect(plan.contains { $0.contains("users_by_name") }, "\(plan)")
            #expect(!plan.contains { $0.hasPrefix("SCAN users") }, "\(plan)")
        }
    }
}

extension Result where Success == Bool, Failure == any Error {
    fileprivate init(_ work: () async throws -> Bool) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }

    fileprivate var isDone: Bool {
        if case .success(true) = self { true } else { false }
    }

    fileprivate var isLastAdmin: Bool {
        if case .failure(AppError.lastAdmin) = self { true } else { false }
    }
}
