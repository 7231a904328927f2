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
        try await withDatabase(users) { store, _ in try await work(store) }
    }

    private func withDatabase(
        _ users: [User], _ work: (SQLAccountStore, any Database) async throws -> Void
    ) async throws {
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
            try await work(store, database)
        }
    }

    @Test func `finds users by any part of address, name or id, in the order of addresses`() async throws {
        let users = [user("carol", "100% _sure!"), user("alice", "Al"), user("bob", "O'Brien")]
        try await withStore(users) { store in
            func find(_ search: String?, after: String = "", limit: Int = 10) async throws -> [String] {
                try await store.users(
                    matching: UserQuery(search: search.map(UserQuery.Search.holding), after: after, limit: limit)
                )
                .map { String($0.email.text.prefix { $0 != "@" }) }
            }
            let all = try await find(nil)
            #expect(all == ["alice", "bob", "carol"])
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

    @Test func `of concurrent uses of one link, one succeeds`() async throws {
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

    @Test func `the password changes only if it is still the one that was checked`() async throws {
        try await withStore([user("alice")]) { store in
            let alice = UserID(rawValue: "id-alice")
            func change(from old: String) async throws -> Bool {
                try await store.changePassword(of: alice, from: old, to: "new", recording: event(.passwordChanged))
            }
            #expect(try await !change(from: "another"))
            #expect(try await change(from: "old"))
            #expect(try await !change(from: "old"))
            let unknown = try await store.setPassword(
                of: UserID(rawValue: "nobody"), to: "x", at: time, recording: event(.passwordChanged))
            #expect(unknown == nil)
        }
    }

    // MARK: Addresses

    private func link(_ purpose: LinkPurpose, _ digest: String) -> AccountLink {
        AccountLink(
            purpose: purpose, tokenDigest: digest, createdAt: time, expiresAt: time.adding(seconds: 60))
    }

    private func mail(_ id: String, _ kind: MailKind, to address: String) -> OutgoingMail {
        OutgoingMail(
            id: MailID(rawValue: id), kind: kind, address: EmailAddress(stored: address), createdAt: time,
            expiresAt: time.adding(seconds: 60))
    }

    /// Starts many tasks at once, and counts those that have an effect.
    private func successes(_ work: @escaping @Sendable (Int) async throws -> Bool) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<20 { group.addTask { try await work(number) } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    @Test func `of concurrent changes and recoveries of an address, one succeeds`() async throws {
        try await withDatabase([user("alice")]) { store, database in
            let alice = UserID(rawValue: "id-alice")
            try await store.insert(
                MailedLink(
                    link: link(.emailChange, "change"), mail: mail("m1", .emailChange, to: "a@example.org"),
                    event: event(.tokenCreated)), changing: alice)
            let change = try #require(try await store.emailChange(tokenDigest: "change", at: time))
            #expect(change.newEmail.text == "a@example.org")
            #expect(try await store.emailChange(tokenDigest: "change", at: time.adding(seconds: 60)) == nil)
            let changed = try await successes { number in
                try await store.use(
                    change, tokenDigest: "change", elsewhere: true,
                    notifying: SecurityNotice(
                        mail: mail("n\(number)", .securityNotice, to: ""), recoveryDigest: "r\(number)"),
                    recording: event(.emailChanged))
            }
            #expect(changed == 1)
            let notices = try await SQLMailOutbox(database).mail(in: [.waiting], limit: 99)
                .filter { $0.mail.kind == .securityNotice }
            #expect(notices.map(\.mail.address.text) == ["alice@example.com"])
            let digest = "r" + (notices.first?.mail.id.rawValue.dropFirst() ?? "")
            let recovery = try #require(try await store.recovery(tokenDigest: digest, at: time))
            #expect(recovery.needsProof && recovery.passwordHash == "old")
            let alone = try await store.recover(
                tokenDigest: digest, of: alice, toSet: "thief's", isProven: false, using: nil, notifying: nil,
                recording: event(.accountRecovered))
            #expect(alone == nil, "The address is another one meanwhile.")
            let recovered = try await successes { number in
                try await store.recover(
                    tokenDigest: digest, of: alice, toSet: "new \(number)", isProven: true, using: nil, notifying: nil,
                    recording: event(.accountRecovered)) != nil
            }
            #expect(recovered == 1)
            let after = try #require(try await store.user(alice))
            #expect(after.email.text == "alice@example.com" && after.isEmailVerified)
        }
    }

    @Test func `an address that is reserved for its former owner counts as taken`() async throws {
        try await withStore([user("alice"), user("bob")]) { store in
            let (alice, bob) = (UserID(rawValue: "id-alice"), UserID(rawValue: "id-bob"))
            func move(_ user: UserID, to address: String, _ number: Int) async throws -> Bool {
                try await store.setEmail(
                    of: user, to: EmailAddress(stored: address),
                    notifying: SecurityNotice(
                        mail: mail("m\(number)", .securityNotice, to: ""), recoveryDigest: "r\(number)"),
                    recording: event(.emailChanged))
            }
            await #expect(throws: AppError.emailTaken) { try await move(bob, to: "alice@example.com", 1) }
            let hasMoved = try await move(alice, to: "a@example.org", 2)
            #expect(hasMoved)
            await #expect(throws: AppError.emailTaken) { try await move(bob, to: "alice@example.com", 3) }
            await #expect(throws: AppError.emailTaken) {
                try await store.insert(
                    User(
                        id: UserID(rawValue: "id-3"), email: EmailAddress(stored: "alice@example.com"), username: nil,
                        isActive: true, createdAt: time, updatedAt: time), passwordHash: "x", recording: nil)
            }
            #expect(try await move(alice, to: "alice@example.com", 4))
            #expect(try await !move(UserID(rawValue: "none"), to: "b@example.org", 5))
        }
    }
}
