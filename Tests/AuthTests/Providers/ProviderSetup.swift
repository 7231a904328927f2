import App
import Basics
import Domain
import Storage
import TestSupport
import Testing

@testable import Auth

/// A server with one provider.
struct ProviderSetup {
    static let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")
    static let browser = String(repeating: "b", count: 32)

    private struct Unexpected: Error {}

    let services: Services
    let provider: TestProvider
    let clock: TestClock

    var providers: ProviderService { services.providers }
    var store: SQLAccountStore { services.accountStore }

    func depart(
        _ purpose: ProviderPurpose = .signIn(isRemembered: true, invitationDigest: nil)
    ) async throws -> String {
        try await providers.begin(
            "test", for: purpose, to: .init("/dashboard"), in: [Self.browser], from: Self.client
        ).url
    }

    func finish(_ answer: ProviderAnswer, in session: Session? = nil) async throws -> ProviderOutcome {
        let flow = try #require(
            try await providers.flow(endedBy: answer, of: "test", in: [Self.browser], from: Self.client))
        return try await providers.finish(flow, with: answer, in: session, from: Self.client)
    }

    /// Signs in at the provider, and here.
    @discardableResult
    func signIn(
        as subject: String = "sub-1", email: String? = "alice@example.com", isVerified: Bool = true,
        changing change: (inout TestProvider.Claims) -> Void = { _ in }
    ) async throws -> (signIn: SignIn, isNew: Bool) {
        let answer = try provider.answer(
            to: try await depart(), as: subject, email: email, isVerified: isVerified, changing: change)
        guard case .signedIn(let signIn, let isNew) = try await finish(answer) else { throw Unexpected() }
        return (signIn, isNew)
    }

    /// The reason why signing in at the provider does not sign in here; nil if it does.
    func refusal(
        as subject: String = "sub-1", email: String? = "alice@example.com", isVerified: Bool = true,
        changing change: (inout TestProvider.Claims) -> Void = { _ in }
    ) async throws -> ProviderRefusalReason? {
        do {
            try await signIn(as: subject, email: email, isVerified: isVerified, changing: change)
        } catch let refusal as ProviderRefusal {
            return refusal.reason
        }
        return nil
    }

    func link(as subject: String, email: String? = nil, in session: Session) async throws {
        let answer = try provider.answer(to: try await depart(.link(session.id)), as: subject, email: email)
        _ = try await finish(answer, in: session)
    }

    /// An account with a password.
    func signUp(_ name: String = "alice", isVerified: Bool = true) async throws -> SignIn {
        let outcome = try await services.auth.signUp(
            .init(email: "\(name)@example.com", password: "kept-by-\(name.dropFirst())", username: nil),
            from: Self.client)
        let signIn = try #require(outcome.signIn)
        if isVerified {
            _ = try await store.verify(
                signIn.user.email, of: signIn.user.id, elsewhere: false, at: clock.now,
                recording: AuditEvent(.emailVerified, at: clock.now, by: .server, user: signIn.user.id))
        }
        return signIn
    }

    /// The token of the link in an e-mail of this kind that waits.
    func mailedToken(_ kind: MailKind) async throws -> String { try await services.mailedSecret(kind).token }

    func unlink(_ account: LinkedAccount, _ user: User, in session: Session) async throws -> Bool {
        try await providers.unlink(account.id, of: user, in: session, proving: nil, from: Self.client)
    }

    static func with(
        signUp: SignUpPolicy = SignUpPolicy(), allowsPasswords: Bool = true, hasMail: Bool = false,
        claims: [String] = [], _ work: (ProviderSetup) async throws -> Void
    ) async throws {
        let clock = TestClock()
        let provider = try TestProvider(claims: claims) { clock.now }
        func configure(_ settings: inout ServiceSettings) {
            settings.providers = [TestProvider.provider]
            settings.signUp = signUp
            settings.allowsPasswordSignIn = allowsPasswords
            settings.sendsMail = hasMail
        }
        try await Services.withTest(clock: clock, sender: provider, configure: configure) { services in
            try await work(ProviderSetup(services: services, provider: provider, clock: clock))
        }
    }
}
