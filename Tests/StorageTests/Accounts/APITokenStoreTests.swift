import Basics
import Domain
import Storage
import TestSupport
import Testing

@Suite struct APITokenStoreTests {
    private let time = Timestamp(milliseconds: 1_800_000_000_000)
    private let alice = UserID(rawValue: "id-alice")
    private let bob = UserID(rawValue: "id-bob")

    private func event(_ kind: AuditEvent.Kind) -> AuditEvent { AuditEvent(kind, at: time, by: .server) }

    private func session(of user: UserID) -> SessionID { SessionID(rawValue: "s-\(user)") }

    /// A store with alice and bob, who have a session each.
    private func withStore(_ work: (SQLAccountStore) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let store = SQLAccountStore(database)
            for id in [alice, bob] {
                let email = EmailAddress(stored: "\(id.rawValue.dropFirst(3))@example.com")
                let user = User(id: id, email: email, username: nil, isActive: true, createdAt: time, updatedAt: time)
                let session = Session(
                    id: session(of: id), userID: id, createdAt: time, updatedAt: time,
                    expiresAt: time.adding(seconds: 60), ipAddress: "", userAgent: "")
                try await store.insert(
                    user, passwordHash: "old", session: NewSession(session: session, tokenDigest: nil))
            }
            try await work(store)
        }
    }

    private func token(_ name: String, of user: UserID? = nil, expiresAt: Timestamp? = nil) -> APIToken {
        APIToken(
            id: APITokenID(rawValue: "t-\(name)"), userID: user ?? alice, name: ItemName(stored: name),
            scopes: TokenScopes([.tasksWrite, .accountRead]), createdAt: time, expiresAt: expiresAt)
    }

    private func insert(_ token: APIToken, _ store: SQLAccountStore) async throws {
        try await store.insert(
            token, digest: "digest of \(token.name.text)", from: session(of: token.userID), notifying: nil,
            recording: event(.tokenCreated))
    }

    private func names(of user: UserID, _ store: SQLAccountStore) async throws -> [String] {
        try await store.tokens(of: user).map(\.name.text)
    }

    @Test func `stores all of a token, and finds it by its digest with its user`() async throws {
        try await withStore { store in
            let (one, two) = (token("1", expiresAt: time.adding(seconds: 9)), token("2"))
            for each in [one, two, token("3", of: bob)] { try await insert(each, store) }
            #expect(try await store.tokens(of: alice) == [two, one])
            let found = try await store.token(digest: "digest of 1")
            #expect(found?.token == one && found?.user.id == alice)
            #expect(try await store.token(digest: "digest of 3")?.user.id == bob)
            #expect(try await store.token(digest: "1") == nil)
        }
    }

    @Test func `records the last use once a minute`() async throws {
        try await withStore { store in
            try await insert(token("1"), store)
            for (seconds, address, expected) in [
                (0, "192.0.2.1", (0, "192.0.2.1")), (59, "192.0.2.2", (0, "192.0.2.1")),
                (60, "192.0.2.3", (60, "192.0.2.3")), (30, "192.0.2.4", (60, "192.0.2.3")),
            ] as [(Int64, String, (Int64, String))] {
                try await store.noteUse(
                    of: APITokenID(rawValue: "t-1"), at: time.adding(seconds: seconds), from: address)
                let noted = try #require(try await store.tokens(of: alice).first)
                #expect(noted.lastUsedAt == time.adding(seconds: expected.0) && noted.lastUsedAddress == expected.1)
            }
        }
    }

    @Test func `deletes a user's own token, once, and those that expired`() async throws {
        try await withStore { store in
            for each in [token("1"), token("2", expiresAt: time), token("3", expiresAt: time.adding(seconds: 1))] {
                try await insert(each, store)
            }
            func delete(_ id: String, of user: UserID) async throws -> Bool {
                try await store.deleteToken(
                    APITokenID(rawValue: id), of: user, recording: event(.sessionsRevoked))
            }
            #expect(try await !delete("t-1", of: bob))
            #expect(try await delete("t-1", of: alice))
            #expect(try await !delete("t-1", of: alice))
            #expect(try await store.token(digest: "digest of 1") == nil)
            #expect(try await store.deleteTokens(expiredBefore: time) == 0)
            #expect(try await store.deleteTokens(expiredBefore: time.adding(seconds: 1)) == 1)
            #expect(try await names(of: alice, store) == ["3"])
            #expect(try await store.deleteTokens(of: alice, recording: event(.sessionsRevoked)) == 1)
            #expect(try await store.deleteTokens(of: alice, recording: event(.sessionsRevoked)) == 0)
        }
    }

    @Test func `of many tokens made at once, an account gets as many as it may have`() async throws {
        try await withStore { store in
            for number in 0..<APIToken.maximumPerAccount - 2 { try await insert(token("\(number)"), store) }
            try await insert(token("b", of: bob), store)
            let errors = await withTaskGroup(of: AppError?.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        do {
                            try await insert(token("late \(number)"), store)
                            return nil
                        } catch { return error as? AppError }
                    }
                }
                return await group.reduce(into: [AppError?]()) { $0.append($1) }
            }
            #expect(errors.filter { $0 == nil }.count == 2)
            #expect(errors.filter { $0 == APIToken.tooMany }.count == 6)
            #expect(try await store.tokens(of: alice).count == APIToken.maximumPerAccount)
        }
    }

    @Test func `neither an ended session nor an inactive user's makes a token`() async throws {
        try await withStore { store in
            _ = try await store.deleteSession(session(of: alice), of: alice, recording: nil)
            await #expect(throws: AppError.invalidToken) { try await insert(token("1"), store) }
            await #expect(throws: AppError.invalidToken) {
                try await store.insert(
                    token("1"), digest: "d", from: session(of: bob), notifying: nil, recording: event(.tokenCreated))
            }
            _ = try await store.setActive(bob, false, at: time, recording: event(.userDeactivated))
            await #expect(throws: AppError.invalidToken) { try await insert(token("1", of: bob), store) }
        }
    }

    /// A change that ends an account's sessions.
    enum Change: CaseIterable {
        case passwordWithSessions, resetByLink, resetByOperator, recovery, deactivation, deletionRequest, deletion
    }

    @Test(arguments: Change.allCases)
    func `changes that end all sessions end the account's tokens, and no others`(change: Change) async throws {
        try await withStore { store in
            for each in [token("1"), token("2"), token("b", of: bob)] { try await insert(each, store) }
            switch change {
            case .passwordWithSessions:
                let ending = SessionEnding(kept: session(of: alice), event: event(.sessionsRevoked))
                #expect(
                    try await store.changePassword(
                        of: alice, from: "old", to: "new", ending: ending, recording: event(.passwordChanged)))
                #expect(try await store.sessions(of: alice, at: time).count == 1)
            case .resetByLink:
                let link = ResetLink(
                    userID: alice, tokenDigest: "d", createdAt: time, expiresAt: time.adding(seconds: 60))
                try await store.insert(link, recording: event(.tokenCreated))
                let ended = try await store.useResetLink(
                    tokenDigest: "d", toSet: "new", of: alice, at: time, recording: event(.passwordChanged))
                #expect(ended?.count == 1)
            case .resetByOperator:
                let ended = try await store.setPassword(
                    of: alice, to: "new", at: time, recording: event(.passwordChanged))
                #expect(ended?.count == 1)
            case .recovery:
                let mail = OutgoingMail(
                    id: MailID(rawValue: "m"), kind: .securityNotice, userID: alice,
                    address: EmailAddress(stored: "alice@example.com"), details: [:], createdAt: time,
                    expiresAt: time.adding(seconds: 60))
                _ = try await store.changePassword(
                    of: alice, from: "old", to: "new", ending: nil,
                    notifying: SecurityNotice(mail: mail, recoveryDigest: "r"), recording: event(.passwordChanged))
                #expect(try await names(of: alice, store) == ["2", "1"], "No session ended.")
                let ended = try await store.recover(
                    tokenDigest: "r", of: alice, toSet: "newer", isProven: false, using: nil, notifying: nil,
                    recording: event(.accountRecovered))
                #expect(ended?.count == 1)
            case .deactivation:
                let ended = try await store.setActive(alice, false, at: time, recording: event(.userDeactivated))
                #expect(ended?.count == 1)
            case .deletionRequest:
                let ended = try await store.requestDeletion(of: alice, recording: event(.deletionRequested))
                #expect(ended?.count == 1)
            case .deletion: #expect(try await store.deleteUser(alice, recording: event(.userDeleted)))
            }
            #expect(try await names(of: alice, store) == [])
            #expect(try await store.token(digest: "digest of 1") == nil)
            #expect(try await names(of: bob, store) == ["b"])
        }
    }

    @Test func `signing out elsewhere leaves the tokens`() async throws {
        try await withStore { store in
            try await insert(token("1"), store)
            let ended = try await store.deleteSessions(of: alice, except: nil, recording: nil)
            #expect(ended == [session(of: alice)])
            #expect(try await names(of: alice, store) == ["1"])
        }
    }
}
