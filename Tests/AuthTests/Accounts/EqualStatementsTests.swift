import App
import Auth
import Domain
import Storage
import TestSupport
import Testing

/// Answers that must not tell whether an address has an account execute the same statements either way.
@Suite struct EqualStatementsTests {
    private let client = Client(ipAddress: "127.0.0.1", userAgent: "test")

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
            // And as many rows.
            let rows = try await services.outbox.mail(in: MailState.allCases, limit: 99)
            let count = { (email: String) in rows.filter { $0.mail.address.text == email }.count }
            let signUps = rule == .off ? 0 : 1
            #expect(count("known@example.com") - signUps == count("unknown@example.com"))
        }
    }

    @Test func `asking for a mail to set a new password`() async throws {
        try await compare { services, email in try await services.resets.request(email: email, from: client) }
    }

    @Test func `asking for a mail to verify an address`() async throws {
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
}
