import Basics
import Domain
import Storage
import TestSupport
import Testing

@Suite struct SQLAccountStoreTests {
    private let time = Timestamp(milliseconds: 1_800_000_000_000)

    private func user(_ name: String, _ username: String? = nil) -> User {
        User(
            id: UserID(rawValue: "id-\(name)"), email: EmailAddress(stored: "\(name)@example.com"), username: username,
            isActive: true, createdAt: time, updatedAt: time)
    }

    private func event(_ kind: AuditEvent.Kind) -> AuditEvent { AuditEvent(kind, at: time, by: .server) }

    private func withStore(_ users: [User], _ work: (SQLAccountStore) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: directory + "/test.db")
            defer { database.close() }
            let store = SQLAccountStore(database)
            for user in users {
                let session = Session(
                    id: SessionID(rawValue: "s-\(user.id)"), userID: user.id, createdAt: time, updatedAt: time,
                    expiresAt: time.adding(seconds: 60), ipAddress: "", userAgent: "")
                try await store.insert(
                    user, passwordHash: "old", session: NewSession(session: session, tokenDigest: nil))
            }
            try await work(store)
        }
    }

    @Test func `finds users by any part of address, name or id, in the order of addresses`() async throws {
        let users = [user("carol", "100% _sure!"), user("alice", "Al"), user("bob", "O'Brien")]
        try await withStore(users) { store in
            func find(_ search: String?, after: String = "", limit: Int = 10) async throws -> [String] {
                try await store.users(matching: UserQuery(search: search, after: after, limit: limit))
                    .map { String($0.email.text.prefix { $0 != "@" }) }
            }
            let everybody = try await find(nil)
            #expect(everybody == ["alice", "bob", "carol"])
            #expect(try await find(nil, limit: 2) == ["alice", "bob"])
            #expect(try await find(nil, after: "bob@example.com") == ["carol"])
            #expect(try await find("EXAMPLE.com") == ["alice", "bob", "carol"])
            #expect(try await find("o'b") == ["bob"])
            #expect(try await find("ID-ALICE") == ["alice"])
            for letter in ["%", "_", "!", "0% _s"] { #expect(try await find(letter) == ["carol"]) }
            for nothing in ["%%", "a%e", "' OR 1=1 --", "\\"] { #expect(try await find(nothing) == []) }
        }
    }

    @Test func `deactivating ends the user's sessions and links, and is done once`() async throws {
        try await withStore([user("alice"), user("bob")]) { store in
            let alice = UserID(rawValue: "id-alice")
            let link = ResetLink(
                userID: alice, tokenDigest: "d", createdAt: time, expiresAt: time.adding(seconds: 60))
            try await store.insert(link, recording: event(.tokenCreated))
            #expect(try await store.user(of: .passwordReset, tokenDigest: "d", at: time)?.id == alice)

            func set(_ isActive: Bool) async throws -> [SessionID]? {
                try await store.setActive(alice, isActive, at: time, recording: event(.userDeactivated))
            }
            #expect(try await set(false) == [SessionID(rawValue: "s-id-alice")])
            #expect(try await set(false) == nil)
            #expect(try await store.user(alice)?.isActive == false)
            #expect(try await store.sessions(of: UserID(rawValue: "id-bob"), at: time).count == 1)
            #expect(try await set(true) == [])
            #expect(try await set(true) == nil)
            #expect(try await store.user(of: .passwordReset, tokenDigest: "d", at: time) == nil)
        }
    }

    @Test func `of many who use one link at once, one does`() async throws {
        try await withStore([user("alice")]) { store in
            let alice = UserID(rawValue: "id-alice")
            try await store.insert(
                ResetLink(userID: alice, tokenDigest: "d", createdAt: time, expiresAt: time.adding(seconds: 60)),
                recording: event(.tokenCreated))
            let late = try await store.useResetLink(
                tokenDigest: "d", toSet: "late", of: alice, at: time.adding(seconds: 60),
                recording: event(.passwordChanged))
            #expect(late == nil)
            let ended = try await withThrowingTaskGroup(of: [SessionID]?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await store.useResetLink(
                            tokenDigest: "d", toSet: "new \(number)", of: alice, at: time,
                            recording: event(.passwordChanged))
                    }
                }
                var ended: [[SessionID]] = []
                for try await sessions in group { if let sessions { ended.append(sessions) } }
                return ended
            }
            #expect(ended == [[SessionID(rawValue: "s-id-alice")]])
            #expect(try await store.passwordHash(of: alice)?.hasPrefix("new ") == true)
        }
    }

    @Test func `a change of the password is done only from the one that was checked`() async throws {
        try await withStore([user("alice")]) { store in
            let alice = UserID(rawValue: "id-alice")
            func change(from old: String) async throws -> Bool {
                try await store.changePassword(of: alice, from: old, to: "new", recording: event(.passwordChanged))
            }
            #expect(try await !change(from: "another"))
            #expect(try await change(from: "old"))
            #expect(try await !change(from: "old"))
            let nobody = try await store.setPassword(
                of: UserID(rawValue: "nobody"), to: "x", at: time, recording: event(.passwordChanged))
            #expect(nobody == nil)
        }
    }
}
