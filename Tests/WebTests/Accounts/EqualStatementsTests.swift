import App
import Auth
import Domain
import HTTPServer
import NIOHTTP1
import Storage
import Synchronization
import TestSupport
import Testing

/// Responses that must not reveal whether an address has an account are the same either way, and so is the work for
/// them: statements, password hashes and rows.
@Suite struct EqualStatementsTests {
    private let client = Client(ipAddress: "127.0.0.1", userAgent: "test")

    // MARK: Over HTTP

    enum MailServer: CaseIterable { case none, there, dead }

    /// A request about an address.
    struct Act: Sendable, CustomTestStringConvertible {
        let path: String
        /// The fields beside `email`.
        let fields: [(String, String)]
        var testDescription: String { path }

        var isForm: Bool { !path.hasPrefix("/api/") }

        init(_ path: String, _ fields: KeyValuePairs<String, String> = [:]) {
            (self.path, self.fields) = (path, fields.map { ($0.key, $0.value) })
        }

        static let all = [
            Act("/api/auth/request-password-reset"), Act("/api/auth/email-otp/request-password-reset"),
            Act("/api/auth/email-otp/send-verification-otp", ["type": "forget-password"]), Act("/forgot"),
            Act("/api/auth/email-otp/reset-password", ["otp": "0000 0001", "password": "another-one-9-9"]),
            Act("/forgot/code", ["code": "0000 0001", "password": "another-one-9-9"]),
            Act("/api/auth/send-verification-email"),
            Act("/api/auth/email-otp/send-verification-otp", ["type": "email-verification"]),
            Act("/api/auth/email-otp/verify-email", ["otp": "0000 0001"]),
            Act("/api/auth/signin", ["password": "not the password"]),
            Act("/api/auth/sign-in/email", ["password": "not the password"]),
            Act("/login", ["password": "not the password"]),
        ]
        static let signUps = [
            Act("/api/auth/signup", ["password": "wool and sky", "username": "Ada"]),
            Act("/api/auth/sign-up/email", ["password": "wool and sky", "name": "Ada"]),
            Act("/signup", ["password": "wool and sky", "username": "Ada"]),
        ]
    }

    /// An answer, and the work before it.
    private struct Observation: Equatable {
        var status: HTTPResponseStatus
        var headerNames: [String]
        var body: String
        var statements: [String]
        var hashes: [HashWork]
        var mails: Int
        var links: Int64
    }

    /// The hashes that were computed.
    private final class Works: Sendable {
        private let all = Mutex<[HashWork]>([])
        func add(_ work: HashWork) { all.withLock { $0.append(work) } }
        func take() -> [HashWork] {
            all.withLock { all in
                defer { all = [] }
                return all
            }
        }
    }

    @Test(arguments: MailServer.allCases, EmailVerification.allCases)
    func `reset, verification and sign-in reveal no account`(mail: MailServer, rule: EmailVerification) async throws {
        // No server starts with this configuration.
        guard mail != .none || rule == .off else { return }
        let works = Works()
        let hasher = try PasswordHasher(cost: 4, threads: 1) { works.add($0) }
        try await TestSite.with(
            hasMail: mail != .none, emailVerification: rule, hasher: hasher, wrapping: RecordingDatabase.init
        ) { site in
            if mail == .dead { _ = site.services.mailHealth.hold(because: "refused", at: site.clock.now) }
            let known = ["known@example.com", "verified@example.com"]
            for email in known {
                _ = try await site.services.auth.signUp(
                    .init(email: email, password: "kept-by-known", username: nil), from: client)
            }
            let administration = site.services.administration(by: .server)
            let verified = try #require(try await administration.user("verified@example.com"))
            _ = try await administration.verify(verified)
            for act in Act.all {
                var found: [Observation] = []
                for email in known + ["unknown@example.com"] {
                    site.clock.advance(seconds: 100)
                    found.append(try await observe(act, email, on: site, works))
                }
                let unknown = try #require(found.last)
                #expect(found[0] == unknown, "\(act.path)")
                #expect(found[1] == unknown, "\(act.path), verified")
                let isSignIn = act.path == "/login" || act.path.contains("/sign")
                #expect((unknown.hashes.count == 1) == isSignIn, "\(act.path)")
                #expect(!isSignIn || !unknown.statements.isEmpty, "\(act.path)")
            }
            let rows = try await site.services.outbox.mail(in: MailState.allCases, limit: 99)
            #expect(rows.isEmpty == (mail == .none))
        }
    }

    @Test(arguments: [MailServer.there, .dead], Act.signUps)
    func `signing up reveals no account where addresses must be verified`(mail: MailServer, act: Act) async throws {
        let works = Works()
        let hasher = try PasswordHasher(cost: 4, threads: 1) { works.add($0) }
        try await TestSite.with(
            hasMail: true, emailVerification: .required, hasher: hasher, wrapping: RecordingDatabase.init
        ) { site in
            if mail == .dead { _ = site.services.mailHealth.hold(because: "refused", at: site.clock.now) }
            let administration = site.services.administration(by: .server)
            for name in ["known", "verified"] {
                _ = try await site.services.auth.signUp(
                    .init(email: "\(name)@example.com", password: "kept-by-known", username: nil), from: client)
            }
            let verified = try #require(try await administration.user("verified@example.com"))
            _ = try await administration.verify(verified)
            var found: [Observation] = []
            for name in ["known", "verified", "new", "newer"] {
                site.clock.advance(seconds: 100)
                found.append(try await observe(act, "\(name)@example.com", on: site, works))
            }
            #expect(found[0].hashes.count == 1 && found[0].mails == 1 && found[0].statements.count > 1)
            for other in found.dropFirst() { #expect(other == found[0]) }
        }
    }

    private func observe(
        _ act: Act, _ email: String, on site: TestSite, _ works: Works
    ) async throws -> Observation {
        let database = try #require(site.database as? RecordingDatabase)
        let browser = Browser(site)
        if act.isForm { await browser.open("/login") }
        let before = try await rows(on: site, email)
        _ = (database.takeStatements(), works.take())
        let fields = [("email", email)] + act.fields
        let response: Response
        if act.isForm {
            response = await browser.post(act.path, pairs: fields, token: browser.formToken)
        } else {
            let json = fields.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
            response = await site.send(
                .POST, act.path, ["content-type": "application/json"], body: "{\(json)}")
        }
        let (statements, hashes) = (database.takeStatements(), works.take())
        let after = try await rows(on: site, email)
        return Observation(
            status: response.status, headerNames: response.headers.map(\.name).sorted(),
            body: Self.masked(response.text.replacing(email, with: "…")),
            statements: statements, hashes: hashes, mails: after.mails - before.mails,
            links: after.links - before.links)
    }

    /// Without the parts that are new in each response: form tokens, ids, tickets and times.
    private static func masked(_ body: String) -> String {
        body.replacing(/name="(form_token|ticket)" value="[^"]*"/, with: "")
            .replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: "id")
            .replacing(/\d{4}-\d\d-\d\dT[\d:.]+Z/, with: "time")
    }

    /// The rows about this address.
    private func rows(on site: TestSite, _ email: String) async throws -> (mails: Int, links: Int64) {
        let mails = try await site.services.outbox.mail(in: MailState.allCases, limit: 99)
        let links = try await site.database.read { connection in
            try connection.rows("SELECT COUNT(*) FROM account_links") { $0.integer(0) }
        }
        return (mails.filter { $0.mail.address.text == email }.count, links[0])
    }

    // MARK: Of the services

    /// The statements of one act, for an address with and without an account.
    private func compare(
        _ rule: EmailVerification = .optional, hasMail: Bool = true,
        _ act: @escaping (Services, _ email: String) async throws -> Void
    ) async throws {
        try await TestDatabase.with { real in
            let (database, clock) = (RecordingDatabase(real), TestClock())
            let services = try Services.test(on: database, clock: clock) { settings in
                settings.sendsMail = hasMail
                settings.emailVerification = rule
            }
            defer { services.hasher.shutDown() }
            _ = try await services.auth.signUp(
                .init(email: "known@example.com", password: "kept-by-known", username: nil), from: client)
            var found: [[String]] = []
            for email in ["known@example.com", "unknown@example.com"] {
                clock.advance(seconds: 100)
                _ = database.takeStatements()
                try await act(services, email)
                found.append(database.takeStatements())
            }
            #expect(found[0] == found[1])
            #expect(!found[0].isEmpty)
            // And the same number of rows.
            let rows = try await services.outbox.mail(in: MailState.allCases, limit: 99)
            let count = { (email: String) in rows.filter { $0.mail.address.text == email }.count }
            let signUps = rule == .off ? 0 : 1
            #expect(count("known@example.com") - signUps == count("unknown@example.com"))
        }
    }

    @Test func `asking for an e-mail to set a new password`() async throws {
        try await compare { services, email in try await services.resets.request(email: email, from: client) }
    }

    @Test func `asking for an e-mail to verify an address`() async throws {
        try await compare { services, email in
            try await services.verification.request(EmailAddress(stored: email), from: client)
        }
    }

    @Test func `typing a wrong code for a new password`() async throws {
        try await compare { services, email in
            try await services.resets.request(email: email, from: client)
            await #expect(throws: AppError.self) {
                try await services.resets.reset(
                    code: "0000 0001", of: email, to: "another-one-9-9", from: client)
            }
        }
    }

    @Test(arguments: EmailVerification.allCases)
    func `a wrong password`(rule: EmailVerification) async throws {
        try await compare(rule) { services, email in
            await #expect(throws: AppError.badCredentials) {
                _ = try await services.auth.signIn(email: email, password: "not the password", from: client)
            }
        }
    }

    @Test func `signing up where addresses must be verified`() async throws {
        try await compare(.required) { services, email in
            _ = try await services.auth.signUp(
                .init(email: email, password: "another-one-9-9", username: "Name"), from: client)
        }
    }

    /// The address of a sign-up may have had an account before.
    @Test func `asking for another e-mail after a sign-up, and typing a code`() async throws {
        try await TestDatabase.with { real in
            let (database, clock) = (RecordingDatabase(real), TestClock())
            let services = try Services.test(on: database, clock: clock) { settings in
                settings.sendsMail = true
                settings.emailVerification = .required
            }
            defer { services.hasher.shutDown() }
            var found: [[String]] = []
            for email in ["taken@example.com", "new@example.com"] {
                var pending: PendingVerification?
                for password in email == "taken@example.com" ? ["a-strangers-9-9", "kept-by-known"] : ["kept-by-known"]
                {
                    clock.advance(seconds: 100)
                    let outcome = try await services.auth.signUp(
                        .init(email: email, password: password, username: nil), from: client)
                    if case .unverified(_, let waiting) = outcome { pending = waiting }
                }
                let waiting = try #require(pending)
                clock.advance(seconds: 100)
                _ = database.takeStatements()
                try await services.auth.mailAgain(waiting, from: client)
                await #expect(throws: AppError.self) {
                    _ = try await services.auth.verify(waiting, code: "0000 0001", from: client)
                }
                found.append(database.takeStatements())
            }
            #expect(found[0] == found[1] && !found[0].isEmpty)
        }
    }

    @Test func `changing an address to one that is taken`() async throws {
        try await TestDatabase.with { real in
            let (database, clock) = (RecordingDatabase(real), TestClock())
            let services = try Services.test(on: database, clock: clock) { $0.sendsMail = true }
            defer { services.hasher.shutDown() }
            _ = try await services.auth.signUp(
                .init(email: "known@example.com", password: "kept-by-known", username: nil), from: client)
            let outcome = try await services.auth.signUp(
                .init(email: "alice@example.com", password: "kept-by-alice", username: nil), from: client)
            let alice = try #require(outcome.signIn)
            var found: [[String]] = []
            for email in ["known@example.com", "unknown@example.com"] {
                _ = database.takeStatements()
                _ = try await services.emailChanges.request(
                    email, for: alice.user, in: alice.session, proving: nil, from: client)
                found.append(database.takeStatements())
            }
            #expect(found[0] == found[1])
        }
    }

    /// For an unknown address, and for accounts without recovery codes, with them, with a reset that waits, and with a
    /// second factor.
    @Test func `wrong recovery codes for a new password`() async throws {
        try await TestDatabase.with { real in
            let (database, clock) = (RecordingDatabase(real), TestClock())
            let services = try Services.test(on: database, clock: clock)
            defer { services.hasher.shutDown() }
            let names = ["without", "with", "waiting", "factor"]
            for name in names {
                let outcome = try await services.auth.signUp(
                    .init(email: "\(name)@example.com", password: "kept-by-known", username: nil), from: client)
                let signIn = try #require(outcome.signIn)
                guard name != "without" else { continue }
                if name == "factor" {
                    try await services.turnOnSecondFactor(
                        for: signIn.user, in: signIn.session, from: client, at: clock.now)
                    continue
                }
                let codes = try await services.recoveryCodes.make(
                    for: signIn.user, in: signIn.session, proving: nil, from: client)
                guard name == "waiting" else { continue }
                try await services.recoveryCodeResets.reset(
                    .init(
                        email: "waiting@example.com", firstCode: codes[0], secondCode: codes[1], appCode: "",
                        password: "another-one-9-9"), from: client)
            }
            for appCode in ["", "123456"] {
                var found: [[String]] = []
                for name in names + ["unknown"] {
                    clock.advance(seconds: 100)
                    _ = database.takeStatements()
                    await #expect(throws: AppError.badCredentials) {
                        try await services.recoveryCodeResets.reset(
                            .init(
                                email: "\(name)@example.com", firstCode: "00000-00000", secondCode: "11111-11111",
                                appCode: appCode, password: "another-one-9-9"), from: client)
                    }
                    found.append(database.takeStatements())
                }
                #expect(Set(found).count == 1 && !found[0].isEmpty)
            }
        }
    }
}
