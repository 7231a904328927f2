import App
import Auth
import Basics
import Crypto
import Domain
import Storage
import TestSupport
import Testing

@Suite struct AuthServiceTests {
    /// The services on a real database, with a clock that can be turned.
    private func withService(
        _ lifetimes: SessionLifetimes = SessionLifetimes(),
        _ work: (Shorthands, any Database, TestClock) async throws -> Void
    ) async throws {
        let clock = TestClock()
        func change(_ settings: inout ServiceSettings) {
            settings.sessionLifetimes = lifetimes
            settings.hasStrictPasswords = true
            settings.bcryptCost = 5
            settings.hashThreads = 2
        }
        try await Services.withTest(clock: clock, configure: change) { services in
            try await work(Shorthands(auth: services.auth, sessions: services.sessions), services.database, clock)
        }
    }

    private struct Shorthands: Sendable {
        let auth: AuthService
        let sessions: SessionService

        func signUp(email: String, password: String, username: String?, from client: Client) async throws -> SignIn {
            let outcome = try await auth.signUp(
                .init(email: email, password: password, username: username), from: client)
            return try #require(outcome.signIn)
        }

        func signIn(email: String, password: String, from client: Client) async throws -> SignIn {
            try await auth.signIn(email: email, password: password, from: client)
        }

        func identity(accessToken: String) async throws -> Identity {
            try await sessions.identity(accessToken: accessToken)
        }

        func identity(sessionToken: String) async throws -> Identity? {
            try await sessions.identity(sessionToken: sessionToken)
        }

        func signOut(_ session: Session) async throws {
            try await sessions.end(
                session.id, of: session.userID, by: .signOut, from: Client(ipAddress: "127.0.0.1", userAgent: "tests"))
        }
    }

    private let client = Client(ipAddress: "127.0.0.1", userAgent: "tests")

    @Test func `signs up, in and out`() async throws {
        try await withService { service, _, _ in
            let up = try await service.signUp(
                email: " Alice@Example.com", password: "correct horse", username: "Al", from: client)
            #expect(up.user.email.text == "alice@example.com")
            let first = try await service.identity(accessToken: up.accessToken)
            #expect(first.user == up.user)
            #expect(try await service.identity(sessionToken: up.sessionToken)?.user == up.user)

            let second = try await service.signIn(email: "ALICE@example.com", password: "correct horse", from: client)
            try await service.signOut(up.session)

            await #expect(throws: AppError.invalidToken) { try await service.identity(accessToken: up.accessToken) }
            #expect(try await service.identity(sessionToken: up.sessionToken) == nil)
            #expect(try await service.identity(accessToken: second.accessToken).user == up.user)
        }
    }

    @Test func `reports all errors at once`() async throws {
        try await withService { service, _, _ in
            let error = await #expect(throws: AppError.self) {
                try await service.signUp(
                    email: "nope", password: "short", username: String(repeating: "x", count: 101), from: client)
            }
            guard case .invalid(let issues)? = error else { return #expect(Bool(false)) }
            #expect(issues.map(\.field) == ["email", "password", "username"])
        }
    }

    @Test func `one of ten sign-ups with one address wins`() async throws {
        try await withService { service, _, _ in
            let outcomes = await withTaskGroup(of: AppError?.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        do {
                            let email = number.isMultiple(of: 2) ? "a@example.com" : "A@EXAMPLE.COM"
                            _ = try await service.signUp(
                                email: email, password: "wool-sky", username: nil, from: client)
                            return nil
                        } catch { return error as? AppError }
                    }
                }
                return await group.reduce(into: [AppError?]()) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 == nil }.count == 1)
            #expect(outcomes.filter { $0 == .emailTaken }.count == 9)
        }
    }

    @Test func `a wrong password and an unknown address are one error`() async throws {
        try await withService { service, _, _ in
            _ = try await service.signUp(email: "a@example.com", password: "wool-sky", username: nil, from: client)
            for (email, password) in [
                ("a@example.com", "wool-skyy"), ("b@example.com", "wool-sky"), ("", ""), ("x", "y"),
            ] {
                await #expect(throws: AppError.badCredentials) {
                    try await service.signIn(email: email, password: password, from: client)
                }
            }
        }
    }

    @Test func `a proof that is out of date begins no session`() async throws {
        try await withService { service, database, _ in
            let alice = try await service.signUp(
                email: "a@example.com", password: "wool-sky", username: nil, from: client
            ).user
            let hash = try #require(
                try await database.read { try $0.row("SELECT password_hash FROM users") { $0.text(0) } })
            _ = try await service.sessions.start(for: alice, by: .password(hash: hash), from: client)
            for change: SQL in [
                "UPDATE users SET password_hash = password_hash || 'x'", "UPDATE users SET is_active = \(false)",
            ] {
                try await database.write { _ = try $0.execute(change) }
                let proof = change.text.contains("is_active") ? hash + "x" : hash
                await #expect(throws: AppError.badCredentials) {
                    try await service.sessions.start(for: alice, by: .password(hash: proof), from: client)
                }
            }
            let sessions = try await database.read { try $0.row("SELECT COUNT(*) FROM sessions") { $0.integer(0) } }
            #expect(sessions == 2)
        }
    }

    @Test func `an account is reported inactive only with the right password, and its tokens end`() async throws {
        try await withService { service, database, _ in
            let alice = try await service.signUp(
                email: "a@example.com", password: "wool-sky", username: nil, from: client)
            try await database.write { _ = try $0.execute("UPDATE users SET is_active = \(false)") }
            await #expect(throws: AppError.inactiveAccount) {
                try await service.signIn(email: "a@example.com", password: "wool-sky", from: client)
            }
            await #expect(throws: AppError.badCredentials) {
                try await service.signIn(email: "a@example.com", password: "wool-skz", from: client)
            }
            await #expect(throws: AppError.unauthenticated("Account is inactive")) {
                try await service.identity(accessToken: alice.accessToken)
            }
            #expect(try await service.identity(sessionToken: alice.sessionToken) == nil)
        }
    }

    @Test func `a session ends after seven days, known or not`() async throws {
        try await withService { service, database, clock in
            let alice = try await service.signUp(
                email: "a@example.com", password: "wool-sky", username: nil, from: client)
            _ = try await service.identity(accessToken: alice.accessToken)
            clock.advance(seconds: 6 * 86_400)
            #expect(try await service.identity(sessionToken: alice.sessionToken) != nil)
            clock.advance(seconds: 1 * 86_400)
            await #expect(throws: AppError.expiredToken) { try await service.identity(accessToken: alice.accessToken) }
            #expect(try await service.identity(sessionToken: alice.sessionToken) == nil)
            #expect(try await service.sessions.deleteExpired() == 1)
        }
    }

    @Test func `a session that is used every day ends after thirty days`() async throws {
        try await withService { service, _, clock in
            let alice = try await service.signUp(
                email: "a@example.com", password: "wool-sky", username: nil, from: client)
            let end = alice.session.createdAt.adding(seconds: 30 * 86_400)
            var renewals = 0
            for day in 1..<30 {
                clock.advance(seconds: 1 * 86_400)
                let session = try #require(try await service.identity(sessionToken: alice.sessionToken)?.session)
                let renewed = try await service.sessions.renewIfDue(session)
                if renewed != nil { renewals += 1 }
                let expiry = (renewed ?? session).expiresAt
                #expect(expiry <= end)
                #expect(day < 23 || expiry == end)
                let kept = service.sessions.cookieSeconds(of: renewed ?? session)
                #expect(kept == min(7, 30 - Int64(day)) * 86_400)
            }
            // Once it lasts to its end, there is nothing more to be written.
            #expect(renewals == 23)
            clock.advance(seconds: 1 * 86_400)
            #expect(try await service.identity(sessionToken: alice.sessionToken) == nil)
            #expect(try await service.sessions.sessions(of: alice.user.id).isEmpty)
            #expect(try await service.sessions.deleteExpired() == 1)
        }
    }

    @Test func `other limits hold for sessions that began under these`() async throws {
        try await withService { service, database, clock in
            let alice = try await service.signUp(
                email: "a@example.com", password: "wool-sky", username: nil, from: client)
            let hasher = try PasswordHasher(cost: 4, threads: 1)
            defer { hasher.shutDown() }
            func sessions(_ lifetimes: SessionLifetimes) throws -> SessionService {
                try Services.test(
                    on: database, clock: clock, hasher: hasher, configure: { $0.sessionLifetimes = lifetimes }
                )
                .sessions
            }
            clock.advance(seconds: 2 * 86_400)
            let cases = [(1, 30), (7, 2), (2, 400), (400, 1)]
            for (idle, maximum) in cases {
                let service = try sessions(SessionLifetimes(idleDays: idle, maximumDays: maximum))
                #expect(try await service.identity(sessionToken: alice.sessionToken) == nil)
                await #expect(throws: AppError.invalidToken) {
                    try await service.identity(accessToken: alice.accessToken)
                }
                #expect(try await service.sessions(of: alice.user.id).isEmpty)
            }
            let lenient = try sessions(SessionLifetimes(idleDays: 3, maximumDays: 3))
            let session = try #require(try await lenient.identity(sessionToken: alice.sessionToken)?.session)
            #expect(session.expiresAt == session.createdAt.adding(seconds: 3 * 86_400))
        }
    }

    @Test(arguments: [(1, 30), (7, 30), (3, 2), (400, 400), (400, 5)])
    func `a token, a cookie and a session end together`(idle: Int, maximum: Int) async throws {
        try await withService(SessionLifetimes(idleDays: idle, maximumDays: maximum)) { service, _, clock in
            let alice = try await service.signUp(
                email: "a@example.com", password: "wool-sky", username: nil, from: client)
            let seconds = Int64(min(idle, maximum)) * 86_400
            #expect(alice.session.expiresAt == clock.now.adding(seconds: seconds))
            #expect(service.sessions.cookieSeconds(of: alice.session) == seconds)
            let payload = try #require(Base64URL.decode(alice.accessToken.split(separator: ".")[1].utf8))
            let text = String(decoding: payload, as: UTF8.self)
            #expect(text.contains("\"exp\":\(clock.now.seconds + seconds),"))
            // One of a day is renewed too while it is used.
            var (used, session) = (0, alice.session)
            while let live = try await service.identity(sessionToken: alice.sessionToken)?.session {
                session = try await service.sessions.renewIfDue(live) ?? live
                #expect(session.expiresAt <= service.sessions.lifetimes.end(of: session))
                clock.advance(seconds: 12 * 3600)
                used += 1
            }
            #expect(used == 2 * maximum)
        }
    }

    @Test func `an old hash is replaced when its password is seen`() async throws {
        try await withService { service, database, _ in
            _ = try await service.signUp(email: "a@example.com", password: "wool-sky", username: nil, from: client)
            let old = try await PasswordHasher(cost: 4, threads: 1).hash(try NewPassword("wool-sky"))
            try await database.write { _ = try $0.execute("UPDATE users SET password_hash = \(old)") }
            _ = try await service.signIn(email: "a@example.com", password: "wool-sky", from: client)
            let new = try await database.read { try $0.row("SELECT password_hash FROM users") { $0.text(0) } }
            #expect(new?.hasPrefix("$2b$05$") == true)
            _ = try await service.signIn(email: "a@example.com", password: "wool-sky", from: client)
        }
    }

    @Test func `the database holds no token that opens anything`() async throws {
        try await withService { service, database, _ in
            let alice = try await service.signUp(
                email: "a@example.com", password: "wool-sky", username: nil, from: client)
            let digest = try await database.read { try $0.row("SELECT token_digest FROM sessions") { $0.text(0) } }
            #expect(digest != alice.sessionToken)
            #expect(digest == (try RandomToken.digest(alice.sessionToken)))
            #expect(try await service.identity(sessionToken: digest ?? "") == nil)
        }
    }
}

@Suite struct LiveSessionsTests {
    private func session(_ id: String) -> LiveSession {
        let time = Timestamp(milliseconds: 0)
        let user = User(
            id: UserID(rawValue: "u"), email: EmailAddress(stored: "a@b.cd"), username: nil, isActive: true,
            createdAt: time, updatedAt: time)
        return LiveSession(
            session: Session(
                id: SessionID(rawValue: id), userID: user.id, createdAt: time, updatedAt: time, expiresAt: time,
                ipAddress: "", userAgent: ""), user: user)
    }

    @Test func `a session that was read before its removal is not cached after it`() {
        let live = LiveSessions()
        let ticket = live.ticket()
        live.remove(SessionID(rawValue: "a"))
        live.insert(session("a"), tokenDigest: "d", ticket: ticket)
        #expect(live.session(SessionID(rawValue: "a")) == nil)
        #expect(live.session(tokenDigest: "d") == nil)

        live.insert(session("a"), tokenDigest: "d", ticket: live.ticket())
        #expect(live.session(SessionID(rawValue: "a")) != nil)
        #expect(live.session(tokenDigest: "d") != nil)
        live.remove(SessionID(rawValue: "a"))
        #expect(live.session(tokenDigest: "d") == nil)
    }

    @Test func `keeps to its capacity`() {
        let live = LiveSessions(capacity: 10)
        for number in 0..<25 { live.insert(session("\(number)"), tokenDigest: nil, ticket: live.ticket()) }
        let kept = (0..<25).filter { live.session(SessionID(rawValue: "\($0)")) != nil }
        #expect(kept.count <= 10)
        #expect(kept.contains(24))
    }
}
