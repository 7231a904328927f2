import App
import Basics
import Crypto
import Domain
import JSON
import Storage
import TestSupport
import Testing

@testable import Auth

/// The accounts that sign in with a provider, and linking them.
@Suite struct ProviderAccountsTests {
    private struct Unexpected: Error {}

    @Test func `a new user gets an account, and signs in to it from then on`() async throws {
        try await ProviderSetup.with { setup in
            let first = try await setup.signIn { $0["name"] = "Alice B" }
            #expect(first.isNew && first.signIn.user.username == "Alice B")
            setup.clock.advance(seconds: 60)
            // The address at the provider changes; the account is the same.
            let second = try await setup.signIn(email: "other@example.com")
            #expect(!second.isNew && second.signIn.user.id == first.signIn.user.id)
            let linked = try await setup.providers.linkedAccounts(of: first.signIn.user)
            #expect(linked.map(\.lastUsedAt) == [setup.clock.now])
            #expect(try await !setup.providers.hasPassword(first.signIn.user))
        }
    }

    @Test func `signing up with a provider follows the sign-up rules`() async throws {
        func refusal(_ policy: SignUpPolicy, invitation: String? = nil) async throws -> SignUpRefusal? {
            var refusal: SignUpRefusal?
            try await ProviderSetup.with(signUp: policy) { setup in
                let digest = try invitation.map { try setup.services.invitations.digest(of: $0) }
                let url = try await setup.depart(.signIn(isRemembered: true, invitationDigest: digest))
                let answer = try setup.provider.answer(to: url, as: "sub-1", email: "alice@example.com")
                do { _ = try await setup.finish(answer) } catch AppError.signUpRefused(let found) { refusal = found }
            }
            return refusal
        }
        #expect(try await refusal(SignUpPolicy(.closed)) == .closed)
        #expect(try await refusal(SignUpPolicy(.invited)) == .invitationNeeded)
        #expect(try await refusal(SignUpPolicy(.invited), invitation: "x") == .invitationInvalid)
        let elsewhere = SignUpPolicy(.open, domains: [try #require(EmailDomain("example.org"))])
        #expect(try await refusal(elsewhere) == .domainNotAdmitted)
    }

    @Test func `signing up with a provider uses an invitation up`() async throws {
        try await ProviderSetup.with(signUp: SignUpPolicy(.invited)) { setup in
            let made = try await setup.services.invitations.create(for: nil, uses: 1, by: .server)
            let digest = try setup.services.invitations.digest(of: made.token)
            for (subject, isAdmitted) in [("sub-1", true), ("sub-2", false)] {
                let url = try await setup.depart(.signIn(isRemembered: true, invitationDigest: digest))
                let answer = try setup.provider.answer(to: url, as: subject, email: "\(subject)@example.com")
                if isAdmitted {
                    _ = try await setup.finish(answer)
                } else {
                    await #expect(throws: AppError.signUpRefused(.invitationInvalid)) { try await setup.finish(answer) }
                }
            }
        }
    }

    @Test func `without a verified address there is no account`() async throws {
        try await ProviderSetup.with { setup in
            let found = try await setup.refusal(email: nil)
            #expect(found == .noVerifiedAddress)
            #expect(try await setup.refusal(isVerified: false) == .noVerifiedAddress)
            for value in ["false", "1", "yes"] {
                #expect(try await setup.refusal { $0["email_verified"] = .string(value) } == .noVerifiedAddress)
            }
            #expect(try await setup.refusal { $0["email_verified"] = nil } == .noVerifiedAddress)
            #expect(try await setup.store.users(matching: UserQuery(limit: 9)).isEmpty)
        }
    }

    @Test func `an account is linked by its address only if both sides have verified it`() async throws {
        try await ProviderSetup.with { setup in
            let alice = try await setup.signUp(isVerified: false)
            #expect(try await setup.refusal() == .accountExists)
            #expect(try await setup.providers.linkedAccounts(of: alice.user).isEmpty)
            _ = try await setup.store.verify(
                alice.user.email, of: alice.user.id, elsewhere: false, at: setup.clock.now,
                recording: AuditEvent(.emailVerified, at: setup.clock.now, by: .server))
            #expect(try await setup.refusal(isVerified: false) == .noVerifiedAddress)
            let (signIn, isNew) = try await setup.signIn()
            #expect(!isNew && signIn.user.id == alice.user.id)
        }
    }

    @Test func `an account with a second factor is linked by its owner alone, and asks for it`() async throws {
        try await ProviderSetup.with { setup in
            let alice = try await setup.signUp()
            let app = try await setup.services.turnOnSecondFactor(
                for: alice.user, in: alice.session, from: ProviderSetup.client, at: setup.clock.now
            ).app
            #expect(try await setup.refusal() == .accountExists)
            try await setup.link(as: "sub-1", in: alice.session)
            var challenge = ""
            do { try await setup.signIn() } catch AppError.secondFactorRequired(let pending) {
                challenge = pending.challenge
            }
            setup.clock.advance(seconds: 30)
            let code = try app.code(at: setup.clock.now)
            let signIn = try await setup.services.auth.signIn(
                answering: challenge, with: code, from: ProviderSetup.client)
            #expect(signIn.user.id == alice.user.id)
        }
    }

    @Test func `a sign-in that waits for the second factor ends with the link`() async throws {
        try await ProviderSetup.with { setup in
            let alice = try await setup.signUp()
            try await setup.link(as: "sub-1", in: alice.session)
            let app = try await setup.services.turnOnSecondFactor(
                for: alice.user, in: alice.session, from: ProviderSetup.client, at: setup.clock.now
            ).app
            var challenge = ""
            do { try await setup.signIn() } catch AppError.secondFactorRequired(let pending) {
                challenge = pending.challenge
            }
            let account = try #require(try await setup.providers.linkedAccounts(of: alice.user).first)
            #expect(try await setup.unlink(account, alice.user, in: alice.session))
            setup.clock.advance(seconds: 30)
            let code = try app.code(at: setup.clock.now)
            await #expect(throws: AppError.signInExpired) {
                try await setup.services.auth.signIn(answering: challenge, with: code, from: ProviderSetup.client)
            }
        }
    }

    @Test func `an inactive account stays closed, and one awaiting deletion can be kept`() async throws {
        try await ProviderSetup.with { setup in
            let (signIn, _) = try await setup.signIn()
            try await setup.services.deletions.request(of: signIn.user, from: ProviderSetup.client)
            var pending: PendingDeletion?
            do { try await setup.signIn() } catch AppError.deletionPending(let found) { pending = found }
            let kept = try await setup.services.auth.cancelDeletion(try #require(pending), from: ProviderSetup.client)
            #expect(kept.user.id == signIn.user.id && kept.user.isActive)
            _ = try await setup.store.setActive(
                signIn.user.id, false, at: setup.clock.now,
                recording: AuditEvent(.userDeactivated, at: setup.clock.now, by: .server))
            await #expect(throws: AppError.inactiveAccount) { try await setup.signIn() }
            // Only what signs in to an account can keep it.
            let other = try await setup.signUp("bob")
            try await setup.services.deletions.request(of: other.user, from: ProviderSetup.client)
            #expect(try await setup.refusal(as: "sub-2", email: "bob@example.com") == .accountExists)
        }
    }

    @Test func `two concurrent first sign-ins make one account`() async throws {
        try await ProviderSetup.with { setup in
            var answers: [ProviderAnswer] = []
            for _ in 0..<4 {
                answers.append(
                    try setup.provider.answer(to: try await setup.depart(), as: "sub-1", email: "alice@example.com"))
            }
            let users = try await withThrowingTaskGroup(of: UserID?.self) { group in
                for answer in answers {
                    group.addTask {
                        guard case .signedIn(let signIn, _) = try await setup.finish(answer) else { return nil }
                        return signIn.user.id
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(users.count == 1 && !users.contains(nil))
        }
    }

    @Test func `passwords can be turned off`() async throws {
        try await ProviderSetup.with(allowsPasswords: false) { setup in
            await #expect(throws: AppError.passwordsOff) { try await setup.signUp() }
            await #expect(throws: AppError.passwordsOff) {
                try await setup.services.auth.signIn(email: "a@example.com", password: "x", from: ProviderSetup.client)
            }
            let (_, isNew) = try await setup.signIn()
            #expect(isNew)
        }
    }

    // MARK: Linking

    @Test func `a link needs the session that asked, and an account is linked to one user`() async throws {
        try await ProviderSetup.with { setup in
            let (alice, bob) = (try await setup.signUp(), try await setup.signUp("bob"))
            let answer = try setup.provider.answer(to: try await setup.depart(.link(alice.session.id)), as: "sub-1")
            await #expect { try await setup.finish(answer, in: bob.session) } throws: {
                ($0 as? ProviderRefusal)?.reason == .sessionEnded
            }
            try await setup.link(as: "sub-1", in: alice.session)
            // Once more changes nothing.
            try await setup.link(as: "sub-1", in: alice.session)
            await #expect { try await setup.link(as: "sub-1", in: bob.session) } throws: {
                ($0 as? ProviderRefusal)?.reason == .linkedElsewhere
            }
            #expect(try await setup.signIn(email: "bob@example.com").signIn.user.id == alice.user.id)
        }
    }

    @Test func `the last sign-in method is not unlinked`() async throws {
        try await ProviderSetup.with { setup in
            let (new, _) = try await setup.signIn()
            let only = try #require(try await setup.providers.linkedAccounts(of: new.user).first)
            #expect(try await !setup.unlink(only, new.user, in: new.session))
            try await setup.link(as: "sub-2", in: new.session)
            #expect(try await setup.unlink(only, new.user, in: new.session))
            let bob = try await setup.signUp("bob")
            try await setup.link(as: "sub-3", in: bob.session)
            let other = try #require(try await setup.providers.linkedAccounts(of: bob.user).first)
            await #expect(throws: AppError.notFound("That account is not linked any more.")) {
                try await setup.unlink(other, new.user, in: new.session)
            }
            // A password is left.
            #expect(try await setup.unlink(other, bob.user, in: bob.session))
            #expect(try await setup.refusal(as: "sub-3", email: nil) == .noVerifiedAddress)
        }
    }

    @Test func `the owner of an account without a password is confirmed by the provider`() async throws {
        try await ProviderSetup.with { setup in
            let (new, _) = try await setup.signIn()
            setup.clock.advance(seconds: RecentProof.lifetimeSeconds)
            func session() async throws -> Session {
                try #require(try await setup.store.session(new.session.id, at: setup.clock.now)?.session)
            }
            #expect(try await !setup.services.proof.isRecent(in: session()))
            let url = try await setup.depart(.proof(new.session.id))
            #expect(try TestProvider.query(of: url)["prompt"] == "login")
            let wrong = try setup.provider.answer(to: url, as: "sub-2")
            await #expect { try await setup.finish(wrong, in: new.session) } throws: {
                ($0 as? ProviderRefusal)?.reason == .otherAccount
            }
            let old = try setup.provider.answer(to: try await setup.depart(.proof(new.session.id)), as: "sub-1") {
                $0["auth_time"] = 1
            }
            await #expect { try await setup.finish(old, in: new.session) } throws: {
                ($0 as? ProviderRefusal)?.reason == .declined
            }
            let right = try setup.provider.answer(to: try await setup.depart(.proof(new.session.id)), as: "sub-1")
            guard case .proved = try await setup.finish(right, in: new.session) else { throw Unexpected() }
            #expect(try await setup.services.proof.isRecent(in: session()))
        }
    }

    @Test func `an existing session at the provider does not confirm the owner`() async throws {
        try await ProviderSetup.with(claims: ["auth_time"]) { setup in
            let (new, _) = try await setup.signIn()
            #expect(setup.services.proof.isRecent(in: new.session))
            let now = setup.clock.now.seconds
            let times: [(JSONValue?, Bool)] = [
                (.integer(now - 60), true), (.integer(.max), true), (.integer(now - 7200), false),
                (.integer(.min), false), (.string("\(now)"), false), (nil, false),
            ]
            for (time, isProof) in times {
                let (signIn, _) = try await setup.signIn { $0["auth_time"] = time }
                #expect(setup.services.proof.isRecent(in: signIn.session) == isProof, "\(String(describing: time))")
                // A browser can leave out of the address what asks for it.
                let answer = try setup.provider.answer(
                    to: try await setup.depart(.proof(signIn.session.id)), as: "sub-1"
                ) { $0["auth_time"] = time }
                if isProof {
                    guard case .proved = try await setup.finish(answer, in: signIn.session) else { throw Unexpected() }
                } else {
                    await #expect { try await setup.finish(answer, in: signIn.session) } throws: {
                        ($0 as? ProviderRefusal)?.reason == .declined
                    }
                }
            }
        }
    }

    @Test func `the link in a security notice unlinks accounts that were linked since`() async throws {
        try await ProviderSetup.with(hasMail: true) { setup in
            let alice = try await setup.signUp()
            try await setup.link(as: "attacker", in: alice.session)
            let queued = try await setup.services.outbox.mail(in: [.waiting], limit: 99)
            let mail = try #require(queued.first { $0.mail.kind == .providerChange }).mail
            #expect(mail.details["act"] == SecurityAct.providerLinked.rawValue)
            try await setup.services.recoveries.recover(
                token: setup.mailedToken(.providerChange), proving: .password(""), new: "kept-by-lice-again",
                from: ProviderSetup.client)
            #expect(try await setup.providers.linkedAccounts(of: alice.user).isEmpty)
        }
    }
}
