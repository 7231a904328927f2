import App
import Basics
import Domain
import Storage
import TestSupport
import Testing

@testable import Auth

/// Accounts that an attacker has made, or changed, before their owner comes (Sudhodanan and Paverd, USENIX Security
/// 2022).
@Suite struct PreHijackingTests {
    @Test func `classic-federated merge: an account that another has made is not shared`() async throws {
        try await ProviderSetup.with { setup in
            // The attacker signs up with the address of a victim, who comes with a provider later.
            _ = try await setup.signUp(isVerified: false)
            #expect(try await setup.refusal() == .accountExists)
        }
    }

    /// The victim presses the button in the e-mail, "Confirm", and comes with a provider afterwards.
    @Test func `classic-federated merge: not even if the victim has confirmed the address by e-mail`() async throws {
        try await ProviderSetup.with(hasMail: true) { setup in
            let attacker = try await setup.signUp(isVerified: false)
            try await setup.services.verification.request(attacker.user.email, from: ProviderSetup.client)
            let token = try await setup.mailedToken(.emailVerification)
            try await setup.services.verification.verify(token: token, by: nil, from: ProviderSetup.client)
            #expect(try await setup.refusal() == .accountExists)
            // With a verified address the attacker can link any account elsewhere; it ends with the reset.
            try await setup.link(as: "attacker", email: "mallory@example.com", in: attacker.session)
            // A mailed reset makes the account the victim's.
            setup.clock.advance(seconds: 61)
            try await setup.services.resets.request(email: attacker.user.email.text, from: ProviderSetup.client)
            try await setup.services.resets.reset(
                token: setup.mailedToken(.passwordReset), to: "kept-by-lice-herself", from: ProviderSetup.client)
            #expect(try await setup.services.sessions.identity(sessionToken: attacker.sessionToken) == nil)
            #expect(try await setup.providers.linkedAccounts(of: attacker.user).isEmpty)
            let (signIn, isNew) = try await setup.signIn()
            #expect(!isNew && signIn.user.id == attacker.user.id)
        }
    }

    @Test(arguments: [true, false])
    func `an address confirmed elsewhere is the owner's once the operator or a provider confirms it`(
        isOperator: Bool
    ) async throws {
        try await ProviderSetup.with(hasMail: true) { setup in
            let alice = try await setup.signUp(isVerified: false)
            try await setup.services.verification.request(alice.user.email, from: ProviderSetup.client)
            let token = try await setup.mailedToken(.emailVerification)
            try await setup.services.verification.verify(token: token, by: nil, from: ProviderSetup.client)
            let administration = setup.services.administration(by: .server)
            #expect(try await administration.makeAdmins(ofVerified: [alice.user.email], because: "a test").isEmpty)
            if isOperator {
                #expect(try await administration.verify(alice.user))
            } else {
                try await setup.link(as: "alice", email: "alice@example.com", in: alice.session)
            }
            #expect(try await administration.makeAdmins(ofVerified: [alice.user.email], because: "a test").count == 1)
        }
    }

    @Test func `an address that its owner has confirmed while signed in is linked`() async throws {
        try await ProviderSetup.with(hasMail: true) { setup in
            let alice = try await setup.signUp(isVerified: false)
            try await setup.services.verification.request(alice.user.email, from: ProviderSetup.client)
            let token = try await setup.mailedToken(.emailVerification)
            try await setup.services.verification.verify(token: token, by: alice.user.id, from: ProviderSetup.client)
            let (signIn, isNew) = try await setup.signIn()
            #expect(!isNew && signIn.user.id == alice.user.id)
        }
    }

    @Test func `unexpired session, and trojan identifier: a reset leaves nothing of the attacker's`() async throws {
        try await ProviderSetup.with { setup in
            let attacker = try await setup.signUp(isVerified: false)
            // Accounts of the attacker's at a provider are not linked to an address that was never verified …
            await #expect {
                try await setup.link(as: "attacker", email: "mallory@example.com", in: attacker.session)
            } throws: { ($0 as? ProviderRefusal)?.reason == .addressNotVerified }
            // … and if one is, because the address was changed since, it ends with the reset.
            try await setup.link(as: "attacker", email: "alice@example.com", in: attacker.session)
            try await setup.services.database.write { connection in
                _ = try connection.execute("UPDATE users SET email_verified = \(false)")
            }
            let link = try await setup.services.administration(by: .server)
                .makeResetToken(for: attacker.user)
            try await setup.services.resets.reset(
                token: link.token, to: "kept-by-lice-herself", from: ProviderSetup.client)
            #expect(try await setup.services.sessions.identity(sessionToken: attacker.sessionToken) == nil)
            #expect(try await setup.refusal(as: "attacker", email: nil) == .noVerifiedAddress)
        }
    }

    @Test func `trojan identifier: an app of before the first proof of the address goes with a mailed reset`()
        async throws
    {
        try await ProviderSetup.with(hasMail: true) { setup in
            let attacker = try await setup.signUp(isVerified: false)
            try await setup.services.turnOnSecondFactor(
                for: attacker.user, in: attacker.session, from: ProviderSetup.client, at: setup.clock.now)
            try await setup.services.resets.request(email: attacker.user.email.text, from: ProviderSetup.client)
            try await setup.services.resets.reset(
                token: setup.mailedToken(.passwordReset), to: "kept-by-lice-herself", from: ProviderSetup.client)
            #expect(try await setup.services.sessions.identity(sessionToken: attacker.sessionToken) == nil)
            let alice = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice-herself", from: ProviderSetup.client)
            #expect(alice.user.isEmailVerified && !alice.user.hasSecondFactor)
        }
    }

    @Test func `unexpired email change: a pending change to the attacker's address ends with the victim's reset`()
        async throws
    {
        try await ProviderSetup.with(hasMail: true) { setup in
            let attacker = try await setup.signUp(isVerified: false)
            _ = try await setup.services.emailChanges.request(
                "mallory@example.com", for: attacker.user, in: attacker.session, proving: nil,
                from: ProviderSetup.client)
            let pending = try await setup.mailedToken(.emailChange)
            try await setup.services.resets.request(email: attacker.user.email.text, from: ProviderSetup.client)
            try await setup.services.resets.reset(
                token: setup.mailedToken(.passwordReset), to: "kept-by-lice-herself", from: ProviderSetup.client)
            await #expect(throws: AppError.self) {
                try await setup.services.emailChanges.confirm(token: pending, by: nil, from: ProviderSetup.client)
            }
            #expect(try await setup.store.user(attacker.user.id)?.email == attacker.user.email)
        }
    }

    @Test func `unexpired email change: a pending change to the victim's address links nothing`() async throws {
        try await ProviderSetup.with(hasMail: true) { setup in
            let attacker = try await setup.signUp("mallory")
            _ = try await setup.services.emailChanges.request(
                "alice@example.com", for: attacker.user, in: attacker.session, proving: nil, from: ProviderSetup.client)
            let victim = try await setup.signIn()
            #expect(victim.isNew && victim.signIn.user.id != attacker.user.id)
            // The address is taken, so the link in the e-mail makes no change any more.
            let token = try await setup.mailedToken(.emailChange)
            await #expect(throws: AppError.emailTaken) {
                try await setup.services.emailChanges.confirm(token: token, by: nil, from: ProviderSetup.client)
            }
        }
    }

    @Test func `unexpired email change: not even one that the victim has confirmed by e-mail`() async throws {
        try await ProviderSetup.with(hasMail: true) { setup in
            let attacker = try await setup.signUp("mallory")
            _ = try await setup.services.emailChanges.request(
                "alice@example.com", for: attacker.user, in: attacker.session, proving: nil, from: ProviderSetup.client)
            try await setup.services.emailChanges.confirm(
                token: setup.mailedToken(.emailChange), by: nil, from: ProviderSetup.client)
            #expect(try await setup.refusal() == .accountExists)
            #expect(try await setup.providers.linkedAccounts(of: attacker.user).isEmpty)
        }
    }

    @Test func `a new address that its owner has confirmed while signed in is linked`() async throws {
        try await ProviderSetup.with(hasMail: true) { setup in
            let ada = try await setup.signUp("ada")
            _ = try await setup.services.emailChanges.request(
                "alice@example.com", for: ada.user, in: ada.session, proving: nil, from: ProviderSetup.client)
            try await setup.services.emailChanges.confirm(
                token: setup.mailedToken(.emailChange), by: ada.user.id, from: ProviderSetup.client)
            let (signIn, isNew) = try await setup.signIn()
            #expect(!isNew && signIn.user.id == ada.user.id)
        }
    }

    @Test func `non-verifying provider: an address that it has not verified opens and makes nothing`() async throws {
        try await ProviderSetup.with { setup in
            let alice = try await setup.signUp()
            #expect(try await setup.refusal(as: "mallory", isVerified: false) == .noVerifiedAddress)
            #expect(try await setup.providers.linkedAccounts(of: alice.user).isEmpty)
            #expect(try await setup.store.users(matching: UserQuery(limit: 9)).count == 1)
        }
    }
}
