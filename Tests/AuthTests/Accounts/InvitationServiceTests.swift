import App
import Basics
import Domain
import Storage
import TestSupport
import Testing

@testable import Auth

@Suite struct InvitationServiceTests {
    private static let client = Client(ipAddress: "192.0.2.7", userAgent: "tests", requestID: "r-1")

    private func withServices(
        _ policy: SignUpPolicy, rules: ThrottleRules = .none, _ work: (Services, TestClock) async throws -> Void
    ) async throws {
        let clock = TestClock()
        func change(_ settings: inout ServiceSettings) {
            settings.signUp = policy
            settings.throttleRules = rules
        }
        try await Services.withTest(clock: clock, configure: change) { try await work($0, clock) }
    }

    private func policy(_ mode: SignUpPolicy.Mode, _ domains: String...) throws -> SignUpPolicy {
        SignUpPolicy(mode, domains: try domains.map { try #require(EmailDomain($0)) })
    }

    @discardableResult
    private func signUp(
        _ services: Services, _ email: String, password: String = "wool and sky", _ invitation: String? = nil
    ) async throws -> User {
        let outcome = try await services.auth.signUp(
            .init(email: email, password: password, username: nil, invitation: invitation), from: Self.client)
        return try #require(outcome.signIn).user
    }

    private func refusal<Value>(_ work: () async throws -> Value) async -> SignUpRefusal? {
        do { _ = try await work() } catch AppError.signUpRefused(let refusal) { return refusal } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    private func create(
        _ services: Services, email: String? = nil, uses: Int? = 1, seconds: Int64 = 86_400
    ) async throws -> String {
        try await services.invitations.create(for: email, uses: uses, lifetimeSeconds: seconds, by: .server).token
    }

    @Test func `closed sign-up honours no invitation`() async throws {
        try await TestDatabase.with { database in
            let open = try Services.test(on: database)
            defer { open.hasher.shutDown() }
            let token = try await create(open)
            let closed = try Services.test(on: database, hasher: open.hasher) { $0.signUp = SignUpPolicy(.closed) }
            for invitation in [nil, "", token] {
                #expect(await refusal { try await signUp(closed, "a@example.com", invitation) } == .closed)
            }
            await #expect(throws: AppError.self) {
                try await closed.invitations.create(for: nil, uses: 1, by: .server)
            }
            // Accounts that exist go on, and the operator may create others.
            try await signUp(open, "b@example.com")
            _ = try await closed.auth.signIn(email: "b@example.com", password: "wool and sky", from: Self.client)
            let administration = closed.administration(by: .server)
            _ = try await administration.create(email: "c@example.com", username: nil, password: "wool and sky")
        }
    }

    @Test func `an invitation creates one account`() async throws {
        try await withServices(try policy(.invited)) { services, clock in
            #expect(await refusal { try await signUp(services, "a@example.com") } == .invitationNeeded)
            #expect(await refusal { try await signUp(services, "a@example.com", "") } == .invitationNeeded)
            let token = try await create(services)
            for wrong in ["x", token.lowercased() + "x", String(token.dropLast()), token + "A", "' OR 1=1 --"] {
                #expect(await refusal { try await signUp(services, "a@example.com", wrong) } == .invitationInvalid)
            }
            let user = try await signUp(services, "a@example.com", token)
            #expect(await refusal { try await signUp(services, "b@example.com", token) } == .invitationInvalid)

            let late = try await create(services, seconds: 60)
            clock.advance(seconds: 60)
            #expect(await refusal { try await signUp(services, "b@example.com", late) } == .invitationInvalid)

            let records = try await services.auditStore.first(AuditQuery(limit: 100))
            let used = try #require(records.first { $0.event == "invitation_used" })
            let first = try #require(try await services.invitations.list(limit: 10).last)
            #expect(used.userID == user.id && used.details == #"{"invitation":"\#(first.id)"}"#)
            #expect(records.filter { $0.event == "invitation_created" }.count == 2)
            #expect(records.filter { $0.event == "authn_token_reuse" }.count == 7)
            #expect(!"\(records)".contains(token) && !"\(records)".contains("a@example.com"))
        }
    }

    @Test func `an invitation for an address is valid for that address only`() async throws {
        try await withServices(try policy(.invited)) { services, _ in
            let token = try await create(services, email: "Ada@Example.com")
            #expect(
                await refusal { try await signUp(services, "eve@example.com", token) } == .invitationForAnotherAddress)
            try await signUp(services, "ADA@example.com", token)
        }
    }

    @Test func `two concurrent uses of the last invitation create one account`() async throws {
        try await withServices(try policy(.invited)) { services, _ in
            let token = try await create(services)
            let refusals = await withTaskGroup(of: SignUpRefusal?.self) { group in
                for number in 0..<2 {
                    group.addTask { await refusal { try await signUp(services, "p\(number)@example.com", token) } }
                }
                return await group.reduce(into: [SignUpRefusal?]()) { $0.append($1) }
            }
            #expect(refusals.contains(nil) && refusals.contains(.invitationInvalid))
            #expect(try await services.administration(by: .server).users(matching: UserQuery(limit: 9)).count == 1)
        }
    }

    @Test func `allowed domains restrict sign-up in every mode, and open it in none`() async throws {
        for mode in SignUpPolicy.Mode.allCases {
            try await withServices(try policy(mode, "example.com")) { services, _ in
                let token = mode == .closed ? nil : try await create(services)
                for email in ["a@evil-example.com", "a@example.com.evil.org", "a@sub.example.com"] {
                    #expect(
                        await refusal { try await signUp(services, email, token) }
                            == (mode == .closed ? .closed : .domainNotAdmitted), "\(email)")
                }
                if mode != .closed {
                    await #expect(throws: AppError.self) {
                        try await services.invitations.create(for: "a@evil.org", uses: 1, by: .server)
                    }
                }
                let without = mode == .open ? nil : await refusal { try await signUp(services, "a@example.com") }
                #expect(without == (mode == .open ? nil : mode == .closed ? .closed : .invitationNeeded))
                if mode == .open { try await signUp(services, "a@example.com") }
            }
        }
    }

    @Test func `a refusal does not tell whether the address has an account, and hashes nothing`() async throws {
        for mode in [SignUpPolicy.Mode.invited, .closed, .open] {
            try await withServices(try policy(mode, "example.com")) { services, _ in
                let administration = services.administration(by: .server)
                for email in ["taken@example.com", "taken@evil.org"] {
                    _ = try await administration.create(email: email, username: nil, password: "wool and sky")
                }
                let used = mode == .invited ? try await create(services) : nil
                if let used { try await signUp(services, "first@example.com", used) }
                let tokens = [nil, "wrong", used].filter { mode != .open || $0 == nil }
                for token in tokens {
                    for domain in mode == .open ? ["evil.org"] : ["example.com", "evil.org"] {
                        let known = await refusal { try await signUp(services, "taken@\(domain)", token) }
                        let unknown = await refusal { try await signUp(services, "free@\(domain)", token) }
                        #expect(known != nil && known == unknown)
                    }
                }
            }
        }
    }

    @Test func `while sign-up is open, a valid invitation is used up and an invalid one is ignored`() async throws {
        try await withServices(try policy(.open)) { services, _ in
            let token = try await create(services)
            try await signUp(services, "a@example.com", token)
            try await signUp(services, "b@example.com", token)
            try await signUp(services, "c@example.com", "nonsense")
            #expect(try await services.invitations.list(limit: 9).map(\.uses) == [1])
        }
    }

    @Test func `wrong tokens are throttled, right ones are not`() async throws {
        let limit = try #require(ThrottleLimit(attempts: 3, seconds: 60))
        let rules = ThrottleRules(address: [], account: [], device: [], signUp: [limit], exemptsLocalSignUps: false)
        try await withServices(try policy(.invited), rules: rules) { services, clock in
            let token = try await create(services)
            func opens(_ token: String) async throws -> Bool {
                try await services.invitations.invitation(forToken: token, from: Self.client) != nil
            }
            for _ in 0..<9 { #expect(try await opens(token)) }
            for _ in 0..<3 { #expect(try await !opens("wrong")) }
            await #expect(throws: AppError.self) { try await opens("wrong") }
            await #expect(throws: AppError.self) { try await opens(token) }
            clock.advance(seconds: 60)
            for _ in 0..<3 {
                #expect(await refusal { try await signUp(services, "a@example.com", "wrong") } == .invitationInvalid)
            }
            do {
                try await signUp(services, "a@example.com", token)
                Issue.record("It was not limited.")
            } catch AppError.throttled {}
        }
    }

    @Test func `an invitation is found by id and by address, and revoked`() async throws {
        try await withServices(try policy(.invited)) { services, clock in
            let (one, token) = try await services.invitations.create(for: "a@example.com", uses: 1, by: .server)
            #expect(try await services.invitations.named("A@example.com") == [one])
            #expect(try await services.invitations.named(one.id.rawValue) == [one])
            for nothing in ["", "b@example.com", "x", token] {
                #expect(try await services.invitations.named(nothing) == [])
            }
            #expect(try await services.invitations.revoke(one, by: .server))
            #expect(try await !services.invitations.revoke(one, by: .server))
            #expect(await refusal { try await signUp(services, "a@example.com", token) } == .invitationInvalid)
            #expect(try await services.invitations.named("a@example.com") == [])
            let records = try await services.auditStore.first(AuditQuery(limit: 100))
            #expect(records.filter { $0.event == "invitation_revoked" }.count == 1)
            // Long after its expiry it is deleted.
            clock.advance(seconds: InvitationService.lifetimeSeconds + 29 * 86_400)
            #expect(try await services.invitations.deleteExpired() == 0)
            clock.advance(seconds: 2 * 86_400)
            #expect(try await services.invitations.deleteExpired() == 1)
        }
    }
}
