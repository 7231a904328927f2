import Basics
import Domain
import Storage
import TestSupport
import Testing

@Suite struct SQLInvitationStoreTests {
    private let time = Timestamp(milliseconds: 1_800_000_000_000)

    private func event(_ kind: AuditEvent.Kind, at time: Timestamp? = nil) -> AuditEvent {
        AuditEvent(kind, at: time ?? self.time, by: .server)
    }

    private func invitation(_ name: String, email: String? = nil, uses: Int? = 1, seconds: Int64 = 60) -> Invitation {
        Invitation(
            id: InvitationID(rawValue: name), email: email.map { EmailAddress(stored: $0) }, maximumUses: uses,
            createdBy: "command line: root", createdAt: time, expiresAt: time.adding(seconds: seconds))
    }

    private func withStores(_ work: (SQLInvitationStore, SQLAccountStore) async throws -> Void) async throws {
        try await TestDatabase.with { try await work(SQLInvitationStore($0), SQLAccountStore($0)) }
    }

    private func insert(_ invitation: Invitation, _ store: SQLInvitationStore) async throws {
        try await store.insert(
            invitation, tokenDigest: "digest of \(invitation.id)", recording: event(.invitationCreated))
    }

    /// Creates an account with an invitation.
    private func signUp(
        _ name: String, with id: String, isRequired: Bool = true, at time: Timestamp? = nil, _ store: SQLAccountStore
    ) async throws {
        let time = time ?? self.time
        let user = User(
            id: UserID(rawValue: "id-\(UInt64.random(in: .min ... .max))"),
            email: EmailAddress(stored: "\(name)@example.com"), username: nil, isActive: true, createdAt: time,
            updatedAt: time)
        let session = Session(
            id: SessionID(rawValue: "s-\(user.id)"), userID: user.id, createdAt: time, updatedAt: time,
            expiresAt: time.adding(seconds: 60), ipAddress: "", userAgent: "")
        try await store.insert(
            user, passwordHash: "hash", session: NewSession(session: session, tokenDigest: "\(user.id)"),
            using: InvitationUse(
                InvitationID(rawValue: id), isRequired: isRequired, recording: event(.invitationUsed, at: time)))
    }

    @Test func `stores all of an invitation, and finds it by its digest`() async throws {
        try await withStores { store, _ in
            let (one, two) = (invitation("1", email: "a@example.com"), invitation("2", uses: nil, seconds: 9))
            try await insert(one, store)
            try await insert(two, store)
            #expect(try await store.invitations(before: nil, limit: 10) == [two, one])
            #expect(try await store.invitations(before: nil, limit: 1) == [two])
            #expect(try await store.invitations(before: two.id, limit: 10) == [one])
            #expect(try await store.invitations(before: one.id, limit: 10).isEmpty)
            #expect(try await store.invitation(InvitationID(rawValue: "1")) == one)
            #expect(try await store.invitation(tokenDigest: "digest of 2") == two)
            #expect(try await store.invitation(tokenDigest: "digest") == nil)
            #expect(try await store.invitations(for: EmailAddress(stored: "a@example.com")) == [one])
            #expect(try await store.invitations(for: EmailAddress(stored: "b@example.com")) == [])
        }
    }

    @Test func `an invitation makes as many accounts as it allows, until it expires`() async throws {
        try await withStores { store, accounts in
            try await insert(invitation("two", uses: 2), store)
            try await signUp("a", with: "two", accounts)
            try await signUp("b", with: "two", accounts)
            await #expect(throws: AppError.signUpRefused(.invitationInvalid)) {
                try await signUp("c", with: "two", accounts)
            }
            #expect(try await store.invitation(InvitationID(rawValue: "two"))?.uses == 2)

            try await insert(invitation("many", uses: nil), store)
            for number in 0..<5 { try await signUp("m\(number)", with: "many", accounts) }
            await #expect(throws: AppError.signUpRefused(.invitationInvalid)) {
                try await signUp("late", with: "many", at: time.adding(seconds: 60), accounts)
            }
            #expect(try await store.invitation(InvitationID(rawValue: "many"))?.uses == 5)
            await #expect(throws: AppError.signUpRefused(.invitationInvalid)) {
                try await signUp("c", with: "none", accounts)
            }
            #expect(try await accounts.user(EmailAddress(stored: "c@example.com")) == nil)
        }
    }

    @Test func `an invitation for an address is valid for that address alone`() async throws {
        try await withStores { store, accounts in
            try await insert(invitation("hers", email: "ada@example.com"), store)
            await #expect(throws: AppError.signUpRefused(.invitationInvalid)) {
                try await signUp("eve", with: "hers", accounts)
            }
            try await signUp("ada", with: "hers", accounts)
            #expect(try await store.invitation(InvitationID(rawValue: "hers"))?.uses == 1)
        }
    }

    @Test func `of concurrent uses, as many succeed as the invitation allows`() async throws {
        try await withStores { store, accounts in
            for uses in [1, 3] {
                try await insert(invitation("at once \(uses)", uses: uses), store)
                let refusals = await withTaskGroup(of: AppError?.self) { group in
                    for number in 0..<12 {
                        group.addTask {
                            do {
                                try await signUp("p\(uses).\(number)", with: "at once \(uses)", accounts)
                                return nil
                            } catch { return error as? AppError }
                        }
                    }
                    return await group.reduce(into: [AppError?]()) { $0.append($1) }
                }
                #expect(refusals.filter { $0 == nil }.count == uses)
                #expect(refusals.filter { $0 == .signUpRefused(.invitationInvalid) }.count == 12 - uses)
                #expect(try await store.invitation(InvitationID(rawValue: "at once \(uses)"))?.uses == uses)
            }
        }
    }

    @Test func `a taken address uses nothing up, and is not revealed without a valid invitation`() async throws {
        try await withStores { store, accounts in
            try await insert(invitation("1"), store)
            try await insert(invitation("2"), store)
            try await signUp("ada", with: "1", accounts)
            await #expect(throws: AppError.emailTaken) { try await signUp("ada", with: "2", accounts) }
            #expect(try await store.invitation(InvitationID(rawValue: "2"))?.uses == 0)
            await #expect(throws: AppError.signUpRefused(.invitationInvalid)) {
                try await signUp("ada", with: "1", accounts)
            }
        }
    }

    @Test func `an invalid invitation is ignored where none is needed`() async throws {
        try await withStores { store, accounts in
            try await insert(invitation("1"), store)
            try await signUp("a", with: "1", isRequired: false, accounts)
            try await signUp("b", with: "1", isRequired: false, accounts)
            #expect(try await store.invitation(InvitationID(rawValue: "1"))?.uses == 1)
        }
    }

    @Test func `an invitation is revoked once, and deleted after its expiry`() async throws {
        try await withStores { store, accounts in
            try await insert(invitation("1"), store)
            try await insert(invitation("2", seconds: 61), store)
            func revoke(_ id: String) async throws -> Bool {
                try await store.revoke(InvitationID(rawValue: id), at: time, recording: event(.invitationRevoked))
            }
            #expect(try await revoke("1"))
            #expect(try await !revoke("1"))
            #expect(try await !revoke("none"))
            #expect(try await store.invitation(InvitationID(rawValue: "1"))?.state(at: time) == .revoked)
            await #expect(throws: AppError.signUpRefused(.invitationInvalid)) {
                try await signUp("a", with: "1", accounts)
            }
            #expect(try await store.deleteInvitations(expiredBefore: time.adding(seconds: 60)) == 0)
            #expect(try await store.deleteInvitations(expiredBefore: time.adding(seconds: 61)) == 1)
            #expect(try await store.invitations(before: nil, limit: 10).map(\.id.rawValue) == ["2"])
        }
    }
}
