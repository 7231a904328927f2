import Auth
import Crypto
import Domain
import Storage
import Testing

@Suite struct AuditVerificationTests {
    /// Ten rows: a sign-up and nine sign-ins.
    private func withTenRows(_ work: (AuditedServices) async throws -> Void) async throws {
        try await AuditedServices.with { services in
            try await services.signUp("alice")
            for _ in 0..<9 {
                services.clock.advance(seconds: 1)
                _ = try await services.signIn("alice")
            }
            let finding = try await services.verify()
            guard case .intact(10, _) = finding else { throw Unexpected(finding: finding) }
            try await work(services)
        }
    }

    private struct Unexpected: Error { let finding: AuditVerification.Finding }

    @Test(arguments: [
        "at = at + 1", "event = 'authn_login_fail'", "outcome = 'fail'", "actor = 'server'", "user_id = 'bob'",
        "user_id = NULL", "address_digest = ''", "session_id = session_id || 'x'", "ip_address = '192.0.2.6'",
        "user_agent = 'Tests'", "request_id = 'r-2'", "request = NULL", "details = '{} '",
        "code = upper(code)", "code = ''", "ip_address = '192.0.2.7t', user_agent = 'ests'",
    ])
    func `one altered byte is detected in any column`(change: String) async throws {
        try await withTenRows { services in
            try await services.tamper(SQL(stringLiteral: "UPDATE audit_events SET \(change) WHERE number = 4"))
            #expect(try await services.verify() == .altered(4))
        }
    }

    @Test(arguments: [1, 5, 10] as [Int64])
    func `a deleted row is detected`(number: Int64) async throws {
        try await withTenRows { services in
            try await services.tamper("DELETE FROM audit_events WHERE number = \(number)")
            #expect(try await services.verify() == .missing(number))
        }
    }

    @Test func `a deleted row is detected even when later rows are renumbered`() async throws {
        try await withTenRows { services in
            try await services.tamper(
                "DELETE FROM audit_events WHERE number = 5",
                "UPDATE audit_events SET number = number - 1 WHERE number > 5")
            #expect(try await services.verify() == .altered(5))
        }
    }

    @Test func `swapped rows are detected`() async throws {
        try await withTenRows { services in
            try await services.tamper(
                "UPDATE audit_events SET number = 99 WHERE number = 6",
                "UPDATE audit_events SET number = 6 WHERE number = 7",
                "UPDATE audit_events SET number = 7 WHERE number = 99")
            #expect(try await services.verify() == .altered(6))
        }
    }

    @Test func `a truncated trail is detected`() async throws {
        try await withTenRows { services in
            try await services.tamper("DELETE FROM audit_events WHERE number > 7")
            #expect(try await services.verify() == .missing(8))
        }
    }

    @Test func `a truncated trail is detected even when the head was altered to match`() async throws {
        try await withTenRows { services in
            try await services.tamper(
                "DELETE FROM audit_events WHERE number > 7",
                "UPDATE audit_head SET number = 7, code = (SELECT code FROM audit_events WHERE number = 7)")
            #expect(try await services.verify() == .endAltered(after: 7))
            try await services.tamper("DELETE FROM audit_head")
            #expect(try await services.verify() == .endAltered(after: 7))
            try await services.tamper("DELETE FROM audit_events")
            #expect(try await services.verify() == .empty)
        }
    }

    @Test func `an inserted row is detected`() async throws {
        try await withTenRows { services in
            try await services.tamper(
                """
                INSERT INTO audit_events SELECT 11, at, event, outcome, actor, user_id, address_digest, session_id,
                    ip_address, user_agent, request_id, request, details, code FROM audit_events WHERE number = 10
                """)
            #expect(try await services.verify() == .added(11))
        }
    }

    @Test func `a forged row with the highest number is detected, and blocks no later rows`() async throws {
        try await withTenRows { services in
            try await services.tamper(
                """
                INSERT INTO audit_events SELECT 9223372036854775807, at, event, outcome, actor, user_id, address_digest,
                    session_id, ip_address, user_agent, request_id, request, details, code
                  FROM audit_events WHERE number = 10
                """)
            for _ in 0..<3 { _ = try await services.signIn("alice") }
            #expect(try await services.verify() == .added(14))
        }
    }

    @Test func `an altered last row stays detected, whatever is written after it`() async throws {
        for tampering: SQL in [
            "UPDATE audit_head SET number = 7, code = (SELECT code FROM audit_events WHERE number = 7)",
            "DELETE FROM audit_head",
        ] {
            try await withTenRows { services in
                try await services.tamper("DELETE FROM audit_events WHERE number > 7", tampering)
                for _ in 0..<3 { _ = try await services.signIn("alice") }
                let records = try await services.records()
                #expect(records[7].event == "sys_audit_broken")
                #expect(records.count == 11)
                #expect(try await services.verify() == .brokenEnd(8))
            }
        }
    }

    @Test func `a command under another secret changes nothing`() async throws {
        try await withTenRows { services in
            let other = try services.restarted(
                with: Secrets(current: Secrets.test.all[0].reversed()), onBrokenEnd: .refuse)
            await #expect(throws: AuditChain.ForeignSecret.self) { try await other.signUp("bob") }
            #expect(try await services.accountStore.user(EmailAddress(stored: "bob@example.com")) == nil)
            #expect(try await services.verify().isGood)
        }
    }

    @Test func `after a change of the secret, rows from before and after it verify`() async throws {
        try await withTenRows { services in
            let (old, new) = (Secrets.test.all[0], Secrets.test.all[0] + "-2".utf8)
            let both = Secrets(current: new, previous: [old])
            let later = try services.restarted(with: both, onBrokenEnd: .refuse)
            _ = try await later.signIn("alice")
            guard case .intact(11, _) = try await later.verify() else { return #expect(Bool(false)) }
            #expect(try await later.verify(Secrets(current: new)) == .altered(1))
            // Rows of the new secret are nothing that the old one could have made.
            #expect(try await later.verify(Secrets(current: old)) == .altered(11))
        }
    }

    @Test func `a replaced trail is detected by a code that was noted before`() async throws {
        try await withTenRows { services in
            let code = try #require(try await services.records().last).code
            let anchor = try #require(AuditVerification.Anchor("10:\(code)"))
            #expect(try await services.verify(expecting: anchor).isGood)
            _ = try await services.signIn("alice")
            #expect(try await services.verify(expecting: anchor).isGood)

            try await AuditedServices.with { replaced in
                try await replaced.signUp("alice")
                #expect(try await replaced.verify(expecting: anchor) == .missing(2))
                for _ in 0..<10 { _ = try await replaced.signIn("alice") }
                #expect(try await replaced.verify(expecting: anchor) == .replaced(10))
            }
            for text in ["", "10", "10:", "x:\(code)", "0:\(code)", "10:\(code)0", "10:\(code):1"] {
                #expect(AuditVerification.Anchor(text) == nil)
            }
        }
    }

    @Test func `a trail of several pages is verified to its end`() async throws {
        try await AuditedServices.with { services in
            // Together, as each of them alone would wait for the disk.
            try await withThrowingTaskGroup { group in
                for _ in 0..<2500 {
                    group.addTask {
                        try await services.audit.record(AuditEvent(.serverStarted, at: .now(), by: .server))
                    }
                }
                try await group.waitForAll()
            }
            guard case .intact(2500, _) = try await services.verify() else { return #expect(Bool(false)) }
            try await services.tamper("UPDATE audit_events SET outcome = 'fail' WHERE number = 2001")
            #expect(try await services.verify() == .altered(2001))
        }
    }
}
