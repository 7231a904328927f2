import App
import Auth
import Domain
import Logging
import Storage
import TestSupport
import Testing

@Suite struct HousekeepingTests {
    private static let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")

    @Test func `a step that fails keeps no other from being taken`() async throws {
        let clock = TestClock()
        try await Services.withTest(clock: clock) { services in
            let outcome = try await services.auth.signUp(
                .init(email: "alice@example.com", password: "password-of-alice", username: nil), from: Self.client)
            let alice = try #require(outcome.signIn).user
            try await services.deletions.request(of: alice, from: Self.client)
            clock.advance(seconds: 31 * 86_400)
            // API tokens come before accounts.
            _ = try await services.database.write { try $0.execute("ALTER TABLE api_tokens RENAME TO away") }
            await #expect(throws: (any Error).self) { try await services.apiTokens.deleteExpired() }
            let housekeeping = Housekeeping(services, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            await housekeeping.tidy()
            #expect(try await services.accountStore.user(alice.id) == nil)
        }
    }
}
