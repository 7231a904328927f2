import Basics
import Domain
import Glibc
import TestSupport
import Testing

@testable import Storage

@Suite struct SecondFactorStoreTests {
    private let time = Timestamp(milliseconds: 1_800_000_000_000)
    private let alice = UserID(rawValue: "id-alice")
    private let bob = UserID(rawValue: "id-bob")

    private func event(_ kind: AuditEvent.Kind) -> AuditEvent { AuditEvent(kind, at: time, by: .server) }

    private func session(_ name: String, of user: UserID) -> NewSession {
        NewSession(
            session: Session(
                id: SessionID(rawValue: "s-\(name)"), userID: user, createdAt: time, updatedAt: time,
                expiresAt: time.adding(seconds: 60), ipAddress: "", userAgent: ""), tokenDigest: nil)
    }

    private func codes(_ names: String...) -> [RecoveryCode] {
        names.map { RecoveryCode(id: RecoveryCodeID(rawValue: "c-\($0)"), sealedDigest: "digest \($0)") }
    }

    private func pending(_ user: UserID, _ secret: String = "secret") -> PendingFactor {
        PendingFactor(userID: user, sealedSecret: secret, expiresAt: time.adding(seconds: 900))
    }

    /// A second factor of alice.
    private func factor(_ secret: String, step: Int64, _ codes: [RecoveryCode]) -> SecondFactor {
        SecondFactor(
            userID: alice, sealedSecret: secret, activatedAt: time, lastStep: step, recoveryCodes: codes)
    }

    /// A store with alice and bob, who have a session each; alice also has a second factor.
    private func withStore(_ work: (SQLAccountStore) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let store = SQLAccountStore(database)
            for id in [alice, bob] {
                let user = User(
                    id: id, email: EmailAddress(stored: "\(id.rawValue.dropFirst(3))@example.com"), username: nil,
                    isActive: true, createdAt: time, updatedAt: time)
                try await store.insert(user, passwordHash: "hash", session: session(id.rawValue, of: id))
            }
            #expect(
                try await store.insert(pending(alice), from: session(alice.rawValue, of: alice).session.id, using: nil))
            #expect(
                try await store.activate(
                    pending(alice), as: factor("secret", step: 100, codes("1", "2")),
                    from: SessionID(rawValue: "s-id-alice"), notifying: nil, recording: event(.secondFactorAdded)))
            try await work(store)
        }
    }

    private func challenge(_ name: String, of user: UserID, isKnownDevice: Bool = false) -> SignInChallenge {
        SignInChallenge(
            tokenDigest: name, userID: user, createdAt: time, isRemembered: true, isKnownDevice: isKnownDevice)
    }

    private func tries(_ store: SQLAccountStore, _ subject: SecondFactorSubject, after seconds: Int64 = 0) async throws
        -> String
    {
        switch try await store.trySecondFactor(of: subject, at: time.adding(seconds: seconds)) {
        case .admitted(_, _, _, let failures): "\(failures)"
        case .locked(let end): "locked \(end.seconds - time.seconds)"
        case .triedOut: "tried out"
        case .gone: "gone"
        }
    }

    private func insert(_ challenge: SignInChallenge, _ store: SQLAccountStore) async throws {
        let isStored = try await store.insert(challenge, after: .password(hash: "hash"))
        #expect(isStored)
    }

    /// The next attempts are admitted, and count from one.
    private func admits(_ count: Int, _ store: SQLAccountStore, _ subject: SecondFactorSubject) async throws {
        for number in 1...count {
            let answer = try await tries(store, subject)
            #expect(answer == "\(number)")
        }
    }

    private func activates(_ store: SQLAccountStore, _ secret: String, _ session: SessionID) async throws -> Bool {
        try await store.activate(
            pending(alice, secret), as: factor(secret, step: 102, codes("9")), from: session, notifying: nil,
            recording: event(.secondFactorAdded))
    }

    private func removes(_ store: SQLAccountStore, _ user: UserID, _ use: SecondFactorUse?) async throws -> Bool {
        try await store.removeSecondFactor(
            of: user, using: use, notifying: nil, recording: event(.secondFactorRemoved))
    }

    /// True if a session begins.
    private func begins(
        _ store: SQLAccountStore, _ name: String, _ challenge: String, _ use: SecondFactorUse, of user: UserID
    ) async -> Bool {
        do {
            try await store.insert(session(name, of: user), by: .secondFactor(challenge: challenge, use))
            return true
        } catch { return false }
    }

    @Test func `stores a second factor with its codes, for its own account`() async throws {
        try await withStore { store in
            let factor = try #require(try await store.secondFactor(of: alice))
            #expect(factor.sealedSecret == "secret" && factor.lastStep == 100 && factor.activatedAt == time)
            #expect(factor.recoveryCodes == codes("1", "2"))
            #expect(try await store.user(alice)?.hasSecondFactor == true)
            #expect(try await store.secondFactor(of: bob) == nil)
            #expect(try await store.user(bob)?.hasSecondFactor == false)
            #expect(
                try await store.credentials(for: EmailAddress(stored: "alice@example.com"))?.user.hasSecondFactor
                    == true)
        }
    }

    @Test func `a password alone begins no session`() async throws {
        try await withStore { store in
            await #expect(throws: AppError.badCredentials) {
                try await store.insert(session("new", of: alice), by: .password(hash: "hash"))
            }
            try await store.insert(session("new", of: bob), by: .password(hash: "hash"))
            #expect(try await store.sessions(of: alice, at: time).count == 1)
        }
    }

    @Test func `a session needs an unused challenge and an unused code`() async throws {
        try await withStore { store in
            for name in ["a", "b", "c"] { try await insert(challenge(name, of: alice), store) }
            #expect(try await !store.insert(challenge("d", of: alice), after: .password(hash: "other")))
            #expect(await !begins(store, "1", "d", .step(101), of: alice))
            #expect(await !begins(store, "1", "a", .step(101), of: bob))
            #expect(await !begins(store, "1", "a", .step(100), of: alice))
            #expect(await begins(store, "1", "a", .step(101), of: alice))
            #expect(await !begins(store, "2", "a", .step(102), of: alice))
            #expect(await !begins(store, "2", "b", .step(101), of: alice))
            let code = RecoveryCodeID(rawValue: "c-1")
            #expect(await begins(store, "2", "b", .recoveryCode(code), of: alice))
            #expect(await !begins(store, "3", "c", .recoveryCode(code), of: alice))
            #expect(try await store.secondFactor(of: alice)?.recoveryCodes == codes("2"))
            #expect(try await store.sessions(of: alice, at: time).count == 3)
        }
    }

    @Test func `a code that is only used up is recorded once`() async throws {
        try await withStore { store in
            let code = SecondFactorUse.recoveryCode(RecoveryCodeID(rawValue: "c-1"))
            var answers: [Bool] = []
            for (use, user) in [
                (.step(101), alice), (.step(101), alice), (.step(102), bob), (code, bob), (code, alice), (code, alice),
            ] as [(SecondFactorUse, UserID)] {
                answers.append(
                    try await store.use(use, of: user, notifying: nil, recording: event(.secondFactorConfirmed)))
            }
            #expect(answers == [true, false, false, false, true, false])
        }
    }

    @Test func `counts attempts by account, those of known devices apart, and those of a challenge`() async throws {
        try await withStore { store in
            #expect(try await tries(store, .user(bob)) == "gone")
            try await admits(10, store, .user(alice))
            #expect(try await tries(store, .user(alice)) == "locked 900")
            try await insert(challenge("known", of: alice, isKnownDevice: true), store)
            #expect(try await tries(store, .challenge("known")) == "locked 900")
            try await insert(challenge("other", of: alice), store)
            try await admits(5, store, .challenge("other"))
            #expect(try await tries(store, .challenge("other")) == "tried out")
            #expect(try await tries(store, .challenge("other"), after: 600) == "gone")
            #expect(try await tries(store, .challenge("no such")) == "gone")
            #expect(try await tries(store, .challenge("known"), after: 600) == "gone")
            #expect(try await tries(store, .user(alice), after: 900) == "11")
            // A use begins the count anew.
            #expect(
                try await store.replaceRecoveryCodes(
                    of: alice, with: codes("3"), using: .step(200), notifying: nil,
                    recording: event(.recoveryCodesCreated)))
            #expect(try await tries(store, .user(alice)) == "1")
        }
    }

    @Test func `a sign-in that waits for the account's row uses its state after the wait`() async throws {
        try await TestDatabase.with { database in
            let store = SQLAccountStore(database)
            let user = User(
                id: bob, email: EmailAddress(stored: "bob@example.com"), username: nil, isActive: true, createdAt: time,
                updatedAt: time)
            let identity = ProviderIdentity(issuer: "https://id.test", subject: "sub-1")
            let account = LinkedAccount(
                id: LinkedAccountID(rawValue: "l-bob"), userID: bob, provider: "test", identity: identity, email: nil,
                linkedAt: time)
            try await store.insert(
                user, linkedTo: account, session: session("first", of: bob), using: nil, recording: event(.userCreated))
            let (begun, begin) = AsyncStream.makeStream(of: Void.self)
            async let unlinked: Void = database.write { connection in
                _ = try connection.row(
                    "SELECT id FROM users WHERE id = \(self.bob) \(connection.dialect.rowLock)"
                ) { $0.text(0) }
                try connection.execute("DELETE FROM linked_accounts WHERE user_id = \(self.bob)")
                begin.finish()
                // The others wait anyway where there is one writer.
                guard connection.dialect == .postgres else { return }
                let waits: SQL =
                    "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
                var looks = 0
                while looks < 10_000, try connection.row(waits, { _ in true }) == nil {
                    looks += 1
                    usleep(1000)
                }
            }
            for await _ in begun {}
            await #expect(throws: AppError.badCredentials) {
                try await store.insert(session("second", of: bob), by: .provider(identity))
            }
            try await unlinked
            #expect(try await store.sessions(of: bob, at: time).map(\.id) == [session("first", of: bob).session.id])
        }
    }

    @Test func `concurrent attempts are admitted no more often than the limits allow`() async throws {
        try await withStore { store in
            let admitted = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<30 {
                    group.addTask { (try? await tries(store, .user(alice)))?.hasPrefix("locked") == false }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(admitted == 10)
        }
    }

    @Test func `a pending factor needs its session, and the use of the one that it replaces`() async throws {
        try await withStore { store in
            let (own, bobs) = (SessionID(rawValue: "s-id-alice"), SessionID(rawValue: "s-id-bob"))
            let isUnproved = try await store.insert(pending(alice, "new"), from: own, using: nil)
            #expect(!isUnproved)
            #expect(try await !store.insert(pending(alice, "new"), from: bobs, using: .step(101)))
            #expect(try await store.insert(pending(alice, "new"), from: own, using: .step(101)))
            #expect(try await !store.insert(pending(alice, "newer"), from: own, using: .step(101)))
            #expect(try await store.pendingFactor(of: alice, at: time) == pending(alice, "new"))
            #expect(try await store.pendingFactor(of: alice, at: time.adding(seconds: 900)) == nil)
            #expect(try await !activates(store, "newer", own))
            #expect(try await !activates(store, "new", bobs))
            #expect(try await activates(store, "new", own))
            #expect(try await !activates(store, "new", own))
            #expect(try await store.secondFactor(of: alice)?.sealedSecret == "new")
            #expect(try await store.secondFactor(of: alice)?.recoveryCodes == codes("9"))
        }
    }

    @Test func `removing a second factor leaves nothing, and is done once`() async throws {
        try await withStore { store in
            #expect(try await !removes(store, alice, .step(100)))
            #expect(try await !removes(store, bob, nil))
            #expect(try await removes(store, alice, .step(101)))
            #expect(try await !removes(store, alice, nil))
            #expect(try await store.secondFactor(of: alice) == nil)
            #expect(try await store.user(alice)?.hasSecondFactor == false)
            try await store.insert(session("new", of: alice), by: .password(hash: "hash"))
        }
    }

    @Test func `encrypted texts are read in pages, and replaced unless they have changed`() async throws {
        try await withStore { store in
            let all = try await store.sealedFactors(after: nil, limit: 9)
            #expect(all.map(\.text) == ["secret", "digest 1", "digest 2"])
            #expect(try await store.sealedFactors(after: alice, limit: 9).isEmpty)
            for factor in all { try await store.reseal(factor, as: "new " + factor.text) }
            for factor in all { try await store.reseal(factor, as: "late") }
            #expect(
                try await store.sealedFactors(after: nil, limit: 9).map(\.text) == [
                    "new secret", "new digest 1", "new digest 2",
                ])
        }
    }
}
