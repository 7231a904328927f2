import App
import Basics
import Domain
import Storage
import TestSupport
import Testing

@testable import Auth

@Suite struct APITokenServiceTests {
    private let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")

    private func withSignIn(_ work: (Services, SignIn, TestClock) async throws -> Void) async throws {
        try await Services.withSignIn(from: client, work)
    }

    private func make(
        _ services: Services, _ signIn: SignIn, _ name: String = "script", _ scopes: [String] = ["tasks:read"],
        days: Int64? = nil, proving credential: ProofCredential? = nil
    ) async throws -> (token: APIToken, text: String) {
        try await services.apiTokens.create(
            APITokenDraft(name: name, scopes: scopes, lifetimeDays: days), for: signIn.user, in: signIn.session,
            proving: credential, from: client)
    }

    private func identity(_ text: String, _ services: Services) async throws -> Identity {
        try await services.apiTokens.identity(text) { client }
    }

    @Test func `a token identifies its user and scopes, without a session`() async throws {
        try await withSignIn { services, signIn, clock in
            let (token, text) = try await make(
                services, signIn, "  script ", ["tasks:write", "tasks:write"], days: 30)
            #expect(token.name.text == "script" && token.scopes.all == [.tasksWrite])
            #expect(token.expiresAt == clock.now.adding(seconds: 30 * 86_400))
            for _ in 0..<2 {
                let bearer = try await identity(text, services)
                #expect(bearer.user == signIn.user && bearer.session == nil)
                #expect(bearer.isAdmitted(with: "tasks:write"))
                for scope in ["tasks:read", "caldav", "", nil] { #expect(!bearer.isAdmitted(with: scope)) }
            }
            #expect(Identity(user: signIn.user, by: .session(signIn.session)).isAdmitted(with: nil))
        }
    }

    @Test func `only a digest is stored, and a text that was never issued is refused`() async throws {
        try await withSignIn { services, signIn, _ in
            let (token, text) = try await make(services, signIn)
            let digest = try await services.database.read { try $0.row("SELECT digest FROM api_tokens") { $0.text(0) } }
            #expect(digest?.count == 64 && digest != text)
            #expect(try await services.accountStore.token(digest: #require(digest))?.token == token)
            for wrong in [try APITokenText.make().text, String(text.dropLast()), "lk_", text + "x", digest ?? ""] {
                await #expect(throws: AppError.unknownAPIToken) { try await identity(wrong, services) }
            }
        }
    }

    @Test func `a token expires whether or not it is cached`() async throws {
        try await withSignIn { services, signIn, clock in
            let (_, text) = try await make(services, signIn, days: 1)
            clock.advance(seconds: 86_399)
            _ = try await identity(text, services)
            clock.advance(seconds: 1)
            for _ in 0..<2 {
                await #expect(throws: AppError.expiredAPIToken) { try await identity(text, services) }
                services.liveSessions.removeAll()
            }
            clock.advance(seconds: 30 * 86_400)
            #expect(try await services.apiTokens.deleteExpired() == 0)
            clock.advance(seconds: 1)
            #expect(try await services.apiTokens.deleteExpired() == 1)
            await #expect(throws: AppError.unknownAPIToken) { try await identity(text, services) }
        }
    }

    @Test func `a revoked token is refused with the next request`() async throws {
        try await withSignIn { services, signIn, _ in
            let (first, text) = try await make(services, signIn)
            let (_, other) = try await make(services, signIn)
            let bearer = try await identity(text, services)
            #expect(try await services.apiTokens.isLive(first))
            #expect(try await services.apiTokens.revoke(first.id, of: signIn.user.id, from: client))
            #expect(try await !services.apiTokens.revoke(first.id, of: signIn.user.id, from: client))
            await #expect(throws: AppError.unknownAPIToken) { try await identity(text, services) }
            #expect(try await !services.apiTokens.isLive(first))
            #expect(bearer.user == signIn.user)
            _ = try await identity(other, services)
        }
    }

    @Test func `a token is refused with the next request after its account is deactivated`() async throws {
        try await withSignIn { services, signIn, _ in
            let (_, text) = try await make(services, signIn)
            _ = try await identity(text, services)
            try await services.deletions.request(of: signIn.user, from: client)
            await #expect(throws: AppError.unknownAPIToken) { try await identity(text, services) }
        }
    }

    @Test func `a token reflects changes of its user at once`() async throws {
        try await withSignIn { services, signIn, _ in
            let (_, text) = try await make(services, signIn)
            #expect(try await identity(text, services).user.username == nil)
            _ = try await services.accounts.update(signIn.user, username: .set("Ada"), image: .keep)
            #expect(try await identity(text, services).user.username == "Ada")
        }
    }

    @Test func `the last use is recorded to the minute`() async throws {
        try await withSignIn { services, signIn, clock in
            let (_, text) = try await make(services, signIn)
            func lastUse() async throws -> (Timestamp?, String) {
                let token = try #require(try await services.apiTokens.tokens(of: signIn.user.id).first)
                return (token.lastUsedAt, token.lastUsedAddress)
            }
            #expect(try await lastUse() == (nil, ""))
            let start = clock.now
            for (seconds, noted) in [(0, 0), (59, 0), (60, 60), (61, 60)] as [(Int64, Int64)] {
                clock.advance(milliseconds: start.adding(seconds: seconds).milliseconds - clock.now.milliseconds)
                services.liveSessions.removeAll()
                _ = try await identity(text, services)
                #expect(try await lastUse() == (start.adding(seconds: noted), "192.0.2.7"))
            }
        }
    }

    @Test func `only the account's owner makes a token`() async throws {
        try await withSignIn { services, signIn, clock in
            clock.advance(seconds: 600)
            await #expect(throws: AppError.proofRequired) { try await make(services, signIn) }
            await #expect(throws: AppError.badCredentials) {
                try await make(services, signIn, proving: .password("kept-by-mice"))
            }
            #expect(try await services.apiTokens.tokens(of: signIn.user.id).isEmpty)
            _ = try await make(services, signIn, proving: .password("kept-by-lice"))
            #expect(try await services.apiTokens.tokens(of: signIn.user.id).count == 1)
        }
    }

    @Test func `all errors in a draft are reported at once`() throws {
        func fields(_ name: String, _ scopes: [String], _ days: Int64?) -> [String] {
            do {
                _ = try APITokenDraft(name: name, scopes: scopes, lifetimeDays: days).checked()
                return []
            } catch AppError.invalid(let issues) {
                return issues.map(\.field)
            } catch { return ["\(error)"] }
        }
        #expect(fields(String(repeating: "ä", count: 100), ["account:read"], 365) == [])
        #expect(fields(" ", [], 0) == ["name", "scopes", "expires_in_days"])
        #expect(fields(String(repeating: "ä", count: 101), ["tasks:read", "admin"], 366) == fields("", [], -1))
        for scope in ["", "tasks", "TASKS:READ", "tasks:read tasks:write", "*"] {
            #expect(fields("a", [scope], nil) == ["scopes"], "\(scope)")
        }
    }

    @Test func `the cache keeps no token that was read before its removal`() async throws {
        let user = User(
            id: UserID(rawValue: "u"), email: EmailAddress(stored: "a@example.com"), username: nil, isActive: true,
            createdAt: .now(), updatedAt: .now())
        let bearer = Identity(user: user, by: .sharedSecret)
        let live = LiveAPITokens(capacity: 2)
        let texts = try (0..<3).map { _ in try APITokenText.make() }
        func isKnown(_ index: Int) -> Bool { live.identity(texts[index].text) != nil }
        let early = live.ticket()
        live.removeAll(of: user.id)
        live.insert(bearer, texts[0], ticket: early)
        #expect(!isKnown(0))
        for text in texts[..<2] { live.insert(bearer, text, ticket: live.ticket()) }
        #expect(isKnown(0) && isKnown(1))
        live.insert(bearer, texts[2], ticket: live.ticket())
        #expect(!isKnown(0) && isKnown(2))
        live.removeAll(of: user.id)
        #expect(!isKnown(2))
    }
}
