import App
import Basics
import Crypto
import Domain
import JSON
import Storage
import TestSupport
import Testing

@testable import Auth

/// The way to a provider and back.
@Suite struct ProviderServiceTests {
    @Test func `a browser is sent with state, nonce and PKCE, and the client authenticates`() async throws {
        try await ProviderSetup.with { setup in
            let url = try await setup.depart()
            let query = try TestProvider.query(of: url)
            #expect(url.hasPrefix("https://id.test/auth?"))
            #expect(query["response_type"] == "code" && query["client_id"] == "latchkey")
            #expect(query["redirect_uri"] == "http://tasks.test/api/auth/callback/test")
            #expect(query["scope"] == "openid email profile" && query["code_challenge_method"] == "S256")
            #expect(query["state"]?.count == 43 && query["nonce"]?.count == 43 && query["code_challenge"]?.count == 43)
            #expect(query["prompt"] == nil)
            let answer = try setup.provider.answer(to: url, as: "sub-1", email: "alice@example.com")
            _ = try await setup.finish(answer)
            let exchange = try #require(setup.provider.exchanges.first)
            // Both parts are form-encoded.
            #expect(exchange.authorization == "Basic " + Base64.encode(Array("latchkey:s3%20cret%3A".utf8)))
            #expect(!exchange.body.contains("client_secret") && exchange.body.contains("grant_type=authorization_code"))
        }
    }

    @Test func `a callback works once, in its own browser, until it expires`() async throws {
        try await ProviderSetup.with { setup in
            func flow(_ answer: ProviderAnswer, in browser: [String] = [ProviderSetup.browser]) async throws
                -> ProviderFlow?
            {
                try await setup.providers.flow(endedBy: answer, of: "test", in: browser, from: ProviderSetup.client)
            }
            let answer = try setup.provider.answer(to: try await setup.depart(), as: "sub-1")
            #expect(try await flow(answer, in: []) == nil)
            #expect(try await flow(answer, in: [String(repeating: "x", count: 32)]) == nil)
            #expect(try await flow(ProviderAnswer(state: "x", code: "x", issuer: nil, error: nil)) == nil)
            #expect(try await flow(answer, in: [String(repeating: "x", count: 32), ProviderSetup.browser]) != nil)
            #expect(try await flow(answer) == nil)

            let late = try setup.provider.answer(to: try await setup.depart(), as: "sub-1")
            setup.clock.advance(seconds: ProviderFlow.lifetimeSeconds)
            #expect(try await flow(late) == nil)
        }
    }

    @Test func `ID tokens with false claims are refused`() async throws {
        let lies: [(String, @Sendable (inout TestProvider.Claims) -> Void)] = [
            ("issuer", { $0["iss"] = "https://id.test/" }), ("no issuer", { $0["iss"] = nil }),
            ("audience", { $0["aud"] = "other" }), ("no audience", { $0["aud"] = nil }),
            ("two audiences", { $0["aud"] = ["latchkey", "other"] }),
            (
                "party",
                {
                    $0["aud"] = ["latchkey", "other"]
                    $0["azp"] = "other"
                }
            ), ("lone party", { $0["azp"] = "other" }),
            ("nonce", { $0["nonce"] = "x" }), ("no nonce", { $0["nonce"] = nil }),
            ("expired", { $0["exp"] = 1 }), ("no expiry", { $0["exp"] = nil }),
            ("future", { $0["iat"] = 9_999_999_999 }),
            ("old", { $0["iat"] = 1 }), ("no issue", { $0["iat"] = nil }), ("no subject", { $0["sub"] = nil }),
            ("number", { $0["sub"] = 17 }), ("empty", { $0["sub"] = "" }),
            ("long", { $0["sub"] = .string(String(repeating: "s", count: 256)) }),
            ("access token", { $0["at_hash"] = "x" }),
        ]
        try await ProviderSetup.with { setup in
            for (name, lie) in lies {
                let found = try await setup.refusal(changing: lie)
                #expect(found == .notTrusted, "\(name)")
            }
            #expect(try await setup.store.users(matching: UserQuery(limit: 9)).isEmpty)
        }
    }

    @Test func `unusual but valid ID tokens are accepted`() async throws {
        try await ProviderSetup.with { setup in
            let (signIn, _) = try await setup.signIn { claims in
                claims["aud"] = ["latchkey", "other"]
                claims["azp"] = "latchkey"
                // Left half of the SHA-512 of "at".
                claims["at_hash"] = .string(Base64URL.encode((try? SHA512.hash("at".utf8).prefix(32)) ?? []))
            }
            #expect(signIn.user.email.text == "alice@example.com")
            #expect(signIn.user.isEmailVerified)
            // Apple writes it as text.
            try await setup.signIn(as: "sub-2", email: "bob@example.com") { $0["email_verified"] = "true" }
        }
    }

    @Test func `a callback without the right issuer, or with an error, is refused`() async throws {
        try await ProviderSetup.with { setup in
            for (issuer, error, reason) in [
                (nil, nil, ProviderRefusalReason.notTrusted), ("https://evil.test", nil, .notTrusted),
                (TestProvider.issuer, "access_denied", .declined), (TestProvider.issuer, "server_error", .unavailable),
                ("https://evil.test", "access_denied", .notTrusted),
            ] {
                let good = try setup.provider.answer(to: try await setup.depart(), as: "sub-1")
                let answer = ProviderAnswer(state: good.state, code: good.code, issuer: issuer, error: error)
                await #expect { try await setup.finish(answer) } throws: { ($0 as? ProviderRefusal)?.reason == reason }
            }
            #expect(setup.provider.exchanges.isEmpty)
        }
    }

    @Test func `userinfo is requested if the token has no address, and must name the same user`() async throws {
        try await ProviderSetup.with { setup in
            setup.provider.tell(["sub": "sub-2", "email": "alice@example.com", "email_verified": true])
            let found = try await setup.refusal(email: nil)
            #expect(found == .notTrusted)
            setup.provider.tell(["sub": "sub-1", "email": "alice@example.com", "email_verified": true])
            #expect(try await setup.signIn(email: nil).isNew)
        }
    }
}
