import Auth
import Basics
import Crypto
import Domain
import Storage
import Synchronization
import TestSupport

/// The services with an audit trail on a real database, and a clock that can be turned.
struct AuditedServices: Sendable {
    let database: any Database
    let store: SQLAccountStore
    let trailStore: SQLAuditStore
    let trail: AuditTrail
    let sessions: SessionService
    let auth: AuthService
    let accounts: AccountService
    let devices: KnownDevices
    let hasher: PasswordHasher
    let clock: Clock
    let secrets: Secrets

    final class Clock: Sendable {
        private let time = Mutex(Timestamp(milliseconds: 1_800_000_000_000))
        var now: Timestamp { time.withLock { $0 } }
        func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
    }

    static let secret = Array("a-secret-of-more-than-thirty-two-bytes".utf8)
    static let client = Client(
        ipAddress: "192.0.2.7", userAgent: "tests", requestID: "r-1", request: "POST /api/auth/signin")

    static func with(
        _ secrets: Secrets = Secrets(current: secret), onBrokenEnd: AuditChain.OnBrokenEnd = .recordAndContinue,
        _ work: (AuditedServices) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let hasher = try PasswordHasher(cost: 4, threads: 1)
            defer { hasher.shutDown() }
            try await work(
                AuditedServices(database, secrets, hasher, onBrokenEnd: onBrokenEnd, clock: Clock()))
        }
    }

    init(
        _ database: any Database, _ secrets: Secrets, _ hasher: PasswordHasher,
        onBrokenEnd: AuditChain.OnBrokenEnd, clock: Clock
    ) throws {
        let ids = UUIDv7Generator()
        let chain = AuditChain(try AuditSeal(secrets), onBrokenEnd: onBrokenEnd)
        self.database = database
        self.clock = clock
        self.secrets = secrets
        store = SQLAccountStore(database, audit: chain)
        trailStore = SQLAuditStore(database, chain: chain)
        trail = try AuditTrail(store: trailStore, secrets: secrets, now: { clock.now })
        sessions = SessionService(
            store: store, tokens: try AccessTokens(secrets), live: LiveSessions(), ids: ids, audit: trail,
            now: { clock.now })
        self.hasher = hasher
        devices = KnownDevices(lookUp: store.knownDevice, now: { clock.now })
        let throttles = try Throttles(
            store: InMemoryThrottleStore(), rules: .none, secrets: secrets, devices: devices,
            isKnownAddress: { _, _ in false })
        let rule = PasswordRule(isStrict: false)
        auth = AuthService(
            store: store, hasher: hasher, sessions: sessions, throttles: throttles, passwordRule: rule, ids: ids)
        accounts = AccountService(
            store: store, hasher: hasher, sessions: sessions, throttles: throttles, passwordRule: rule)
    }

    @discardableResult
    func signUp(_ name: String) async throws -> SignIn {
        try await auth.signUp(
            .init(email: "\(name)@example.com", password: "password-of-\(name)", username: name), from: Self.client)
    }

    func signIn(_ name: String, _ password: String? = nil) async throws -> SignIn {
        try await auth.signIn(
            email: "\(name)@example.com", password: password ?? "password-of-\(name)", from: Self.client)
    }

    /// An attempt that fails.
    func failsToSignIn(_ name: String) async throws {
        do {
            _ = try await signIn(name, "a wrong password")
        } catch AppError.badCredentials {}
    }

    var isPostgres: Bool { TestDatabase.isPostgres }

    func records() async throws -> [AuditRecord] { try await trailStore.first(AuditQuery(limit: 10_000)) }

    func verify(
        _ secrets: Secrets? = nil, expecting anchor: AuditVerification.Anchor? = nil
    ) async throws -> AuditVerification.Finding {
        try await AuditVerification(store: trailStore, sealer: try AuditSeal(secrets ?? self.secrets))
            .run(expecting: anchor)
    }

    /// What somebody could do who has the database and not the secret.
    func tamper(_ statements: SQL...) async throws {
        try await database.write { connection in
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
