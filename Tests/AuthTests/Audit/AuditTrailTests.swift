import Auth
import Crypto
import Domain
import Storage
import Testing

@Suite struct AuditTrailTests {
    @Test func `every event of an account is recorded, with actor, origin and time`() async throws {
        try await AuditedServices.with { services in
            let up = try await services.signUp("alice")
            let user = up.user
            let first = try await services.signIn("alice")
            _ = try await services.signIn("alice")
            try await services.failsToSignIn("alice")
            try await services.failsToSignIn("nobody")
            try await services.sessions.end(
                first.session.id, of: user.id, by: .signOut, from: AuditedServices.client)
            try await services.sessions.endAll(of: user.id, except: up.session.id, from: AuditedServices.client)
            await #expect(throws: AppError.badCredentials) {
                try await services.accounts.changePassword(
                    of: user, in: first.session, from: AuditedServices.client, current: "not the password",
                    new: "another password", ending: .none)
            }
            let fresh = try await services.accounts.changePassword(
                of: user, in: first.session, from: AuditedServices.client, current: "password-of-alice",
                new: "another password", ending: .all(isRemembered: true))
            await #expect(throws: AppError.badCredentials) {
                try await services.proof.renew(
                    by: .password("wrong again"), in: first.session, from: AuditedServices.client)
            }
            _ = try await services.accountStore.setActive(
                user.id, false, at: services.clock.now,
                recording: AuditEvent(.userDeactivated, at: services.clock.now, by: .server, user: user.id))
            await #expect(throws: AppError.inactiveAccount) { try await services.signIn("alice", "another password") }
            _ = try await services.administration(by: .server).delete(user)

            let records = try await services.records()
            #expect(
                records.map { "\($0.event) \($0.outcome)" } == [
                    "user_created success", "authn_login_success success", "authn_login_success success",
                    "authn_login_fail fail", "authn_login_fail fail", "session_logout success",
                    "authn_token_revoked success", "authn_password_change_fail fail", "authn_password_change success",
                    "authn_token_revoked success", "authn_login_success success", "authn_login_fail fail",
                    "user_deactivated success", "authn_login_fail fail", "user_deleted success",
                ])
            #expect(records.map(\.number) == (1...15).map { $0 })
            for record in records where record.number != 5 {
                #expect(record.userID == user.id)
                #expect(record.addressDigest == nil)
            }
            #expect(records[4].userID == nil)
            #expect(records[4].addressDigest?.utf8.count == 32)
            #expect(records[0].sessionID == up.session.id)
            #expect(records[5].sessionID == first.session.id)
            #expect(records[3].details == #"{"reason":"wrong password"}"#)
            #expect(records[4].details == #"{"reason":"unknown account"}"#)
            #expect(records[6].details == #"{"sessions_ended":"1"}"#)
            #expect(records[13].details == #"{"reason":"deactivated account"}"#)
            for record in records where record.actor == "user" {
                #expect(record.ipAddress == "192.0.2.7" && record.userAgent == "tests" && record.requestID == "r-1")
                #expect(record.request == "POST /api/auth/signin" && record.at == services.clock.now)
            }

            let everything = "\(records)"
            for secret in [
                "password-of-alice", "another password", "a wrong password", up.sessionToken, up.accessToken,
                try #require(fresh).sessionToken, "alice@example.com", "nobody@example.com",
            ] {
                #expect(!everything.contains(secret))
            }
            #expect(try await services.verify().isGood)
        }
    }

    @Test func `a failed action is not recorded, and an action that cannot be recorded fails`() async throws {
        try await AuditedServices.with { services in
            let alice = try await services.signUp("alice")
            await #expect(throws: AppError.emailTaken) { try await services.signUp("alice") }
            try await services.sessions.end(
                SessionID(rawValue: "missing"), of: alice.user.id, by: .signOut, from: AuditedServices.client)
            let missing = User(
                id: UserID(rawValue: "nobody"), email: alice.user.email, username: nil, isActive: true,
                createdAt: .now(), updatedAt: .now())
            try await services.deletions.request(of: missing, from: AuditedServices.client)
            #expect(try await services.records().count == 1)

            try await services.tamper("ALTER TABLE audit_events RENAME TO elsewhere")
            await #expect(throws: (any Error).self) { try await services.signUp("bob") }
            await #expect(throws: (any Error).self) { try await services.signIn("alice") }
            await #expect(throws: (any Error).self) {
                try await services.deletions.request(of: alice.user, from: AuditedServices.client)
            }
            try await services.tamper("ALTER TABLE elsewhere RENAME TO audit_events")
            #expect(try await services.accountStore.user(EmailAddress(stored: "bob@example.com")) == nil)
            #expect(try await services.accountStore.sessions(of: alice.user.id, at: services.clock.now).count == 1)
            #expect(try await services.verify().isGood)
        }
    }

    @Test func `an address has one digest for each secret`() async throws {
        var digests: [[String?]] = []
        for secret in [Secrets.test.all[0], Secrets.test.all[0].reversed()] {
            try await AuditedServices.with(Secrets(current: secret)) { services in
                for name in ["nobody", "NoBody", "somebody"] { try await services.failsToSignIn(name) }
                digests.append(try await services.records().map(\.addressDigest))
            }
        }
        #expect(digests[0][0] == digests[0][1] && digests[0][0] != digests[0][2])
        #expect(digests[0][0] != digests[1][0])
    }

    @Test func `a flood of failures writes thirty rows a minute, and one that counts the rest`() async throws {
        try await AuditedServices.with { services in
            for _ in 0..<100 { try await services.failsToSignIn("nobody") }
            #expect(try await services.records().count == AuditTrail.failuresInFull)
            services.clock.advance(seconds: 30)
            try await services.audit.flush()
            #expect(try await services.records().count == AuditTrail.failuresInFull)
            services.clock.advance(seconds: 31)
            try await services.audit.flush()
            let summary = try #require(try await services.records().last)
            #expect(summary.details.contains(#""count":"70","since":"2027-01-15T08:00:00.000Z""#))
            try await services.audit.flush()
            #expect(try await services.records().count == AuditTrail.failuresInFull + 1)

            // Another account's failure is still recorded.
            let other = Client(ipAddress: "192.0.2.8", userAgent: "")
            await #expect(throws: AppError.badCredentials) {
                try await services.auth.signIn(email: "x@example.com", password: "wrong password", from: other)
            }
            #expect(try await services.records().last?.ipAddress == "192.0.2.8")
        }
    }

    @Test func `counts that cannot be written are written later`() async throws {
        try await AuditedServices.with { services in
            let start = services.clock.now
            let addresses = ["alice", "bob", "carol"].map { EmailAddress(stored: "\($0)@example.com") }
            for address in addresses {
                for _ in 0..<21 {
                    await services.audit.throttled(.signIn, email: address, from: AuditedServices.client)
                }
            }
            services.clock.advance(seconds: 61)
            try await services.rename("audit_events", to: "away")
            await #expect(throws: (any Error).self) { try await services.audit.flush() }
            services.clock.advance(seconds: 61)
            // The next event would be written with the count, and is counted instead.
            for address in addresses {
                await services.audit.throttled(.signIn, email: address, from: AuditedServices.client)
            }
            try await services.rename("away", to: "audit_events")
            services.clock.advance(seconds: 61)
            try await services.audit.flush()
            let count = #""count":"21","since":"\#(start.rfc3339)""#
            let counts = try await services.records().filter { $0.details.contains(count) }
            #expect(Set(counts.map(\.addressDigest)).count == addresses.count)
        }
    }

    @Test func `throttled attempts write one row a minute for each account and address`() async throws {
        try await AuditedServices.with { services in
            let alice = EmailAddress(stored: "alice@example.com")
            for minute in 0..<3 {
                for _ in 0..<50 {
                    await services.audit.throttled(.signIn, email: alice, from: AuditedServices.client)
                }
                #expect(try await services.records().count == minute + 1)
                services.clock.advance(seconds: 60)
            }
            await services.audit.throttled(.signIn, email: nil, from: AuditedServices.client)
            try await services.audit.flush(isLast: true)
            let records = try await services.records()
            #expect(records.allSatisfy { $0.event == "excess_rate_limit_exceeded" && $0.outcome == "fail" })
            let counted = records.compactMap { $0.details.firstMatch(of: /"count":"(\d+)"/).flatMap { Int($0.1) } }
            // Every refusal is a row or is counted in one.
            #expect(records.count - counted.count + counted.reduce(0, +) == 151)
        }
    }

    /// Every event is a row of its own or is counted in one.
    private func total(_ records: [AuditRecord]) -> Int {
        records.reduce(0) { sum, record in
            sum + (record.details.firstMatch(of: /"count":"(\d+)"/).flatMap { Int($0.1) } ?? 1)
        }
    }

    @Test func `invented addresses write no more rows`() async throws {
        try await AuditedServices.with { services in
            // As many mail addresses as requests, from as many addresses of one network.
            for number in 0..<2000 {
                let client = Client(ipAddress: "2001:db8:1:2::\(String(number, radix: 16))", userAgent: "")
                let email = EmailAddress("invented.\(number)@example.com")
                await services.audit.throttled(.signUp, email: email, from: client)
            }
            #expect(try await services.records().count == 30)
            try await services.audit.flush(isLast: true)
            let records = try await services.records()
            #expect(records.count == 31)
            #expect(total(records) == 2000)

            // Ten seconds later there is room for one more, in another network for thirty.
            services.clock.advance(seconds: 10)
            for number in 0..<40 {
                for network in ["2001:db8:1:2", "2001:db8:1:3"] {
                    let client = Client(ipAddress: network + "::1", userAgent: "")
                    let email = EmailAddress("invented.again.\(number)@example.com")
                    await services.audit.throttled(.signUp, email: email, from: client)
                }
            }
            #expect(try await services.records().count == 31 + 1 + 30)
        }
    }

    @Test func `all networks share a budget, and important events are exempt`() async throws {
        try await AuditedServices.with { services in
            try await services.signUp("alice")
            let before = try await services.records().count
            for number in 0..<3000 {
                let client = Client(ipAddress: "198.51.\(number / 250).\(number % 250)", userAgent: "")
                switch number % 4 {
                case 0: await services.audit.formRefused(to: nil, from: client)
                case 1: await services.audit.originRefused("https://evil.example", from: client)
                case 2: await services.audit.tokenRefused(wasGoodOnce: number % 3 == 0, from: client)
                default: await services.audit.linkRefused(.reset, from: client)
                }
            }
            #expect(try await services.records().count == before + 300)
            // A wrong password of an account that exists is a row, and so is what succeeds.
            for _ in 0..<40 { try await services.failsToSignIn("alice") }
            _ = try await services.signIn("alice")
            #expect(try await services.records().count == before + 300 + 41)
            try await services.failsToSignIn("nobody")
            try await services.audit.flush(isLast: true)
            let records = try await services.records()
            #expect(total(records) == before + 3000 + 42)
            #expect(records.count <= before + 300 + 41 + 6)
            #expect(try await services.verify().isGood)
        }
    }

    @Test func `rows cannot be changed or deleted by ordinary means`() async throws {
        try await AuditedServices.with { services in
            try await services.signUp("alice")
            for statement: SQL in [
                "UPDATE audit_events SET event = 'x'", "DELETE FROM audit_events", "DELETE FROM audit_head",
                "DELETE FROM audit_events WHERE number = 1",
                "UPDATE audit_events SET code = 'x' WHERE number = 1",
            ] {
                await #expect(throws: StorageError.self) {
                    try await services.database.write { try $0.execute(statement) }
                }
            }
            #expect(try await services.verify().isGood)
        }
    }
}
