import App
import Auth
import Basics
import Crypto
import Domain
import Storage
import TestSupport
import Testing

/// The services on a real database with a clock that can be turned, and shorthands for tests of the audit trail.
@dynamicMemberLookup struct AuditedServices: Sendable {
    let services: Services
    let clock: TestClock

    subscript<Value>(dynamicMember path: KeyPath<Services, Value>) -> Value { services[keyPath: path] }

    static let client = Client(
        ipAddress: "192.0.2.7", userAgent: "tests", requestID: "r-1", request: "POST /api/auth/signin")

    static func with(
        _ secrets: Secrets = .test, onBrokenEnd: AuditChain.OnBrokenEnd = .recordAndContinue,
        _ work: (AuditedServices) async throws -> Void
    ) async throws {
        let clock = TestClock()
        func configure(_ settings: inout ServiceSettings) { settings.onBrokenAuditTrail = onBrokenEnd }
        try await Services.withTest(secrets, clock: clock, configure: configure) {
            try await work(AuditedServices(services: $0, clock: clock))
        }
    }

    /// The services of another process on the same database.
    func restarted(with secrets: Secrets, onBrokenEnd: AuditChain.OnBrokenEnd) throws -> AuditedServices {
        AuditedServices(
            services: try .test(
                on: services.database, secrets, clock: clock, hasher: services.hasher,
                configure: { $0.onBrokenAuditTrail = onBrokenEnd }), clock: clock)
    }

    func administration(by source: AuditEvent.Source) -> AccountAdministration { services.administration(by: source) }

    @discardableResult
    func signUp(_ name: String) async throws -> SignIn {
        let outcome = try await services.auth.signUp(
            .init(email: "\(name)@example.com", password: "password-of-\(name)", username: name), from: Self.client)
        return try #require(outcome.signIn)
    }

    func signIn(_ name: String, _ password: String? = nil) async throws -> SignIn {
        try await services.auth.signIn(
            email: "\(name)@example.com", password: password ?? "password-of-\(name)", from: Self.client)
    }

    /// An attempt that fails.
    func failsToSignIn(_ name: String) async throws {
        do {
            _ = try await signIn(name, "a wrong password")
        } catch AppError.badCredentials {}
    }

    var isPostgres: Bool { TestDatabase.isPostgres }

    func records() async throws -> [AuditRecord] { try await services.auditStore.first(AuditQuery(limit: 10_000)) }

    /// Gives a table another name, so that statements which use it fail.
    func rename(_ table: String, to name: String) async throws {
        _ = try await services.database.write {
            try $0.execute(SQL(stringLiteral: "ALTER TABLE \(table) RENAME TO \(name)"))
        }
    }

    func verify(
        _ secrets: Secrets? = nil, expecting anchor: AuditVerification.Anchor? = nil
    ) async throws -> AuditVerification.Finding {
        try await AuditVerification(store: services.auditStore, sealer: try AuditSeal(secrets ?? services.secrets))
            .run(expecting: anchor)
    }

    /// Alters the database as someone could who has it, but not the secret.
    func tamper(_ statements: SQL...) async throws {
        try await services.database.write { connection in
            switch connection.dialect {
            case .sqlite:
                let triggers = try connection.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'") {
                    $0.text(0)
                }
                for trigger in triggers { try connection.execute(SQL(stringLiteral: "DROP TRIGGER \(trigger)")) }
            case .postgres:
                for table in ["audit_events", "audit_head"] {
                    try connection.execute(SQL(stringLiteral: "ALTER TABLE IF EXISTS \(table) DISABLE TRIGGER ALL"))
                }
            }
            for statement in statements { try connection.execute(statement) }
        }
    }
}
