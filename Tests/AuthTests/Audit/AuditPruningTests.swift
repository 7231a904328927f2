import Auth
import Basics
import Storage
import Testing

@Suite struct AuditPruningTests {
    /// A sign-up and nine sign-ins, one a day.
    private func withTenDays(_ work: (AuditedServices, AuditPruning) async throws -> Void) async throws {
        try await AuditedServices.with { services in
            try await services.signUp("alice")
            for _ in 0..<9 {
                services.clock.advance(seconds: 86_400)
                _ = try await services.signIn("alice")
            }
            let pruning = AuditPruning(
                store: services.auditStore, sealer: try AuditSeal(services.secrets), now: { services.clock.now })
            try await work(services, pruning)
        }
    }

    private func daysAgo(_ days: Int64, _ services: AuditedServices) -> Timestamp {
        services.clock.now.adding(seconds: -days * 86_400)
    }

    @Test func `the remaining rows verify, and report which are missing`() async throws {
        try await withTenDays { services, pruning in
            let codes = try await services.records().map(\.code)
            #expect(try await pruning.prune(before: daysAgo(5, services), by: .server) == 4)
            let records = try await services.records()
            #expect(records.map(\.number) == (5...11).map { $0 })
            #expect(records.last?.event == "sys_audit_pruned")
            #expect(records.last?.details == #"{"through":"4","rows":"4"}"#)
            let pruned = AuditVerification.Finding.pruned(
                through: 4, at: services.clock.now, rows: 7, code: try #require(records.last).code)
            #expect(try await services.verify() == pruned)
            #expect(pruned.isGood && pruned.description.contains("those up to 4 were pruned"))

            // A row that was noted down before can be compared as long as it is there, and the last that went.
            for (number, finding) in [(Int64(4), pruned), (5, pruned), (3, .anchorPruned(3))] {
                let anchor = try #require(AuditVerification.Anchor("\(number):\(codes[Int(number) - 1])"))
                #expect(try await services.verify(expecting: anchor) == finding)
            }
            let other = try #require(AuditVerification.Anchor("4:\(codes[4])"))
            #expect(try await services.verify(expecting: other) == .replaced(4))

            // It goes on, and again.
            _ = try await services.signIn("alice")
            #expect(try await pruning.prune(before: daysAgo(5, services), by: .server) == 0)
            #expect(try await pruning.prune(before: daysAgo(-1, services), by: .server) == 8)
            guard case .pruned(12, _, 1, _) = try await services.verify() else { return #expect(Bool(false)) }
            _ = try await services.signIn("alice")
            #expect(try await services.records().map(\.number) == [13, 14])
            #expect(try await services.verify().isGood)
        }
    }

    @Test func `pruning hides no alteration`() async throws {
        for (tampering, finding): (SQL, AuditVerification.Finding) in [
            ("UPDATE audit_events SET outcome = 'fail' WHERE number = 2", .altered(2)),
            ("DELETE FROM audit_events WHERE number = 3", .missing(3)),
        ] {
            try await withTenDays { services, pruning in
                try await services.tamper(tampering)
                let refusal = await #expect(throws: AuditPruning.Refusal.self) {
                    try await pruning.prune(before: daysAgo(5, services), by: .server)
                }
                #expect(refusal?.finding == finding)
                #expect(try await services.verify() == finding)
            }
        }
    }

    @Test(arguments: [
        "UPDATE audit_checkpoint SET number = 5", "UPDATE audit_checkpoint SET pruned_at = pruned_at - 1",
        "UPDATE audit_checkpoint SET code = (SELECT code FROM audit_events WHERE number = 6)",
    ])
    func `a moved checkpoint is detected`(change: String) async throws {
        try await withTenDays { services, pruning in
            try await pruning.prune(before: daysAgo(5, services), by: .server)
            try await services.tamper(SQL(stringLiteral: change))
            #expect(try await services.verify() == .checkpointAltered)
            await #expect(throws: AuditPruning.Refusal.self) {
                try await pruning.prune(before: services.clock.now, by: .server)
            }
        }
    }

    @Test func `without its checkpoint, or beyond it, rows are missing`() async throws {
        try await withTenDays { services, pruning in
            try await pruning.prune(before: daysAgo(5, services), by: .server)
            for statement: SQL in [
                "DELETE FROM audit_events WHERE number = 5", "DELETE FROM audit_checkpoint",
                "UPDATE audit_events SET outcome = 'fail' WHERE number = 6",
            ] {
                await #expect(throws: StorageError.self) {
                    try await services.database.write { try $0.execute(statement) }
                }
            }
            try await services.tamper("DELETE FROM audit_events WHERE number = 5")
            #expect(try await services.verify() == .missing(5))
        }
        try await withTenDays { services, pruning in
            try await pruning.prune(before: daysAgo(5, services), by: .server)
            if services.isPostgres { try await services.tamper("ALTER TABLE audit_checkpoint DISABLE TRIGGER ALL") }
            try await services.tamper("DELETE FROM audit_checkpoint")
            #expect(try await services.verify() == .missing(1))
        }
    }

    @Test func `the retention prunes about once a day`() async throws {
        try await withTenDays { services, pruning in
            var counts: [Int64] = []
            for (days, seconds) in [(30, 0), (3, 0), (3, 0), (3, 80_000), (3, 10_000)] {
                services.clock.advance(seconds: Int64(seconds))
                counts.append(try await pruning.keep(days: days))
            }
            #expect(counts == [0, 6, 0, 0, 2])
            #expect(try await services.verify().isGood)
        }
    }

    @Test func `of two concurrent prunings, one takes effect`() async throws {
        try await withTenDays { services, pruning in
            let counts = try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await pruning.prune(before: daysAgo(5, services), by: .server) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.sorted() == [0, 0, 0, 4])
            #expect(try await services.verify().isGood)
        }
    }
}
