import App
import Auth
import Domain
import TestSupport
import Testing

@Suite struct RecentProofTests {
    private let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")

    private func withSignIn(_ work: (Services, SignIn, TestClock) async throws -> Void) async throws {
        try await Services.withSignIn(from: client, work)
    }

    /// The session as the server sees it now.
    private func session(_ services: Services, _ signIn: SignIn) async throws -> Session {
        let identity = try await services.sessions.identity(sessionToken: signIn.sessionToken)
        return try #require(identity?.session)
    }

    @Test func `a sign-in is a proof for ten minutes`() async throws {
        try await withSignIn { services, signIn, clock in
            clock.advance(seconds: 599)
            try await services.proof.require(nil, in: session(services, signIn), from: client)
            clock.advance(seconds: 1)
            let session = try await session(services, signIn)
            await #expect(throws: AppError.proofRequired) {
                try await services.proof.require(nil, in: session, from: client)
            }
            // So is the next one, for its own session.
            let again = try await services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
            try await services.proof.require(nil, in: again.session, from: client)
            await #expect(throws: AppError.proofRequired) {
                try await services.proof.require(nil, in: session, from: client)
            }
        }
    }

    @Test func `a clock that is set back extends no proof, and may be a little behind`() async throws {
        try await withSignIn { services, signIn, clock in
            clock.advance(seconds: -1)
            try await services.proof.require(nil, in: session(services, signIn), from: client)
            clock.advance(seconds: -3600)
            let session = try await session(services, signIn)
            await #expect(throws: AppError.proofRequired) {
                try await services.proof.require(nil, in: session, from: client)
            }
        }
    }

    @Test func `a confirmed password counts from then on, in its session alone`() async throws {
        try await withSignIn { services, signIn, clock in
            let other = try await services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
            clock.advance(seconds: 86_400)
            let old = try await session(services, signIn)
            await #expect(throws: AppError.badCredentials) {
                try await services.proof.renew(by: .password("kept-by-mice"), in: old, from: client)
            }
            #expect(try await !services.proof.isRecent(in: session(services, signIn)))
            try await services.proof.renew(by: .password("kept-by-lice"), in: old, from: client)
            let renewed = try await session(services, signIn)
            #expect(renewed.provedAt == clock.now && renewed.createdAt == old.createdAt)
            #expect(services.proof.isRecent(in: renewed))
            #expect(try await !services.proof.isRecent(in: session(services, other)))
            #expect(try await services.accountStore.session(old.id, at: clock.now)?.session.provedAt == clock.now)
        }
    }

    @Test func `a password in the request is checked, however recent the proof`() async throws {
        try await withSignIn { services, signIn, clock in
            await #expect(throws: AppError.badCredentials) {
                try await services.proof.require(.password("kept-by-mice"), in: signIn.session, from: client)
            }
            clock.advance(seconds: 3600)
            try await services.proof.require(.password("kept-by-lice"), in: session(services, signIn), from: client)
            // It is valid once.
            #expect(try await !services.proof.isRecent(in: session(services, signIn)))
        }
    }

    @Test func `no password is right for a user without one`() async throws {
        try await withSignIn { services, signIn, _ in
            try await services.database.write { _ = try $0.execute("UPDATE users SET password_hash = NULL") }
            for password in ["kept-by-lice", ""] {
                await #expect(throws: AppError.badCredentials) {
                    try await services.proof.require(.password(password), in: signIn.session, from: client)
                }
            }
        }
    }
}
