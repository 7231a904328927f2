import App
import Auth
import Domain
import TestSupport
import Testing

extension Services {
    /// Runs `work` with a new user, who has just signed up.
    static func withSignIn(
        from client: Client, _ work: (Services, SignIn, TestClock) async throws -> Void
    ) async throws {
        let clock = TestClock()
        try await withTest(clock: clock) { services in
            let outcome = try await services.auth.signUp(
                .init(email: "alice@example.com", password: "kept-by-lice", username: nil), from: client)
            try await work(services, try #require(outcome.signIn), clock)
        }
    }
}
