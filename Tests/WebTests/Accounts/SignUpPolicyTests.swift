import Auth
import Domain
import HTTPServer
import JSON
import NIOHTTP1
import Testing

/// The rule for creating accounts, on each route.
@Suite struct SignUpPolicyTests {
    private static let json: HTTPHeaders = ["content-type": "application/json", "origin": "http://tasks.test"]

    private func invite(_ site: TestSite, email: String? = nil, uses: Int? = 1) async throws -> String {
        try await site.services.invitations.create(for: email, uses: uses, by: .server).token
    }

    private func api(_ site: TestSite, _ email: String, _ invitation: String? = nil) async -> Response {
        let more = invitation.map { #","invitation":"\#($0)""# } ?? ""
        return await site.send(
            .POST, "/api/auth/signup", Self.json, body: #"{"email":"\#(email)","password":"kept-by-her"\#(more)}"#)
    }

    private func client(_ site: TestSite, _ email: String, _ invitation: String? = nil) async -> Response {
        let more = invitation.map { #","invitation":"\#($0)""# } ?? ""
        return await site.send(
            .POST, "/api/auth/sign-up/email", Self.json,
            body: #"{"name":"Ada","email":"\#(email)","password":"kept-by-her"\#(more)}"#)
    }

    private func form(_ site: TestSite, _ email: String, _ invitation: String? = nil) async -> Response {
        let browser = Browser(site)
        await browser.open("/login")
        return await browser.post(
            "/signup", ["email": email, "password": "kept-by-her", "invitation": invitation ?? ""],
            token: browser.formToken)
    }

    private func count(_ site: TestSite) async throws -> Int {
        try await site.services.administration(by: .server).users(matching: UserQuery(limit: 100)).count
    }

    @Test func `closed sign-up is refused on every route, with and without an invitation`() async throws {
        try await TestSite.with(signUp: SignUpPolicy(.closed)) { site in
            let sentence = SignUpRefusal.closed.sentence
            for invitation in [nil, "q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6"] {
                let api = await api(site, "a@example.com", invitation)
                #expect(api.status == .forbidden && api.detail == sentence)
                let client = await client(site, "a@example.com", invitation)
                #expect(client.status == .badRequest)
                #expect(
                    client.text
                        == #"{"message":"Email and password sign up is not enabled","code":"EMAIL_PASSWORD_SIGN_UP_DISABLED"}"#
                )
                let form = await form(site, "a@example.com", invitation)
                #expect(form.status == .forbidden && form.text.contains(sentence))
                #expect(!form.text.contains(#"action="/signup""#))
            }
            let accounts = try await count(site)
            #expect(accounts == 0)
            let page = await site.send(.GET, "/signup")
            #expect(page.status == .ok && page.text.contains(sentence) && !page.text.contains(#"action="/signup""#))
            #expect(await Browser(site).open("/invitation/q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6").text.contains(sentence))
        }
    }

    @Test func `pages offer sign-up only where it is open`() async throws {
        for mode in SignUpPolicy.Mode.allCases {
            try await TestSite.with(signUp: SignUpPolicy(mode)) { site in
                for path in ["/", "/login", "/docs"] {
                    let page = await site.send(.GET, path)
                    #expect(page.status == .ok)
                    #expect(page.text.contains(#"href="/signup""#) == (mode == .open), "\(mode) \(path)")
                    #expect(path != "/" || page.text.contains(#"href="/login""#), "\(mode) \(path)")
                }
            }
        }
    }

    @Test func `invited sign-up requires a valid invitation on every route`() async throws {
        try await TestSite.with(signUp: SignUpPolicy(.invited)) { site in
            for (door, name) in [(api, "api"), (client, "client"), (form, "form")] {
                func expect(_ response: Response, _ refusal: SignUpRefusal, _ code: String) {
                    #expect(response.status == .forbidden, "\(name)")
                    #expect(response.text.contains(refusal.sentence), "\(name): \(response.text)")
                    if name == "client" { #expect(response.text.contains(#""code":"\#(code)""#)) }
                }
                let (email, other) = ("\(name)@example.com", "\(name).2@example.com")
                expect(await door(site, email, nil), .invitationNeeded, "INVITATION_REQUIRED")
                expect(await door(site, email, "wrong"), .invitationInvalid, "INVALID_INVITATION")
                let hers = try await invite(site, email: email)
                expect(
                    await door(site, other, hers), .invitationForAnotherAddress, "INVITATION_FOR_ANOTHER_EMAIL")
                let made = await door(site, email, hers)
                #expect(made.status == (name == "form" ? .seeOther : name == "api" ? .created : .ok), "\(made.text)")
                expect(await door(site, email, hers), .invitationInvalid, "INVALID_INVITATION")
                // A valid invitation and a taken address: the usual refusal.
                let again = await door(site, email, try await invite(site))
                #expect([.badRequest, .unprocessableEntity].contains(again.status), "\(name)")
            }
            #expect(try await count(site) == 3)
        }
    }

    @Test func `a domain that is not listed is refused, with a message beside the address`() async throws {
        let domain = try #require(EmailDomain("example.com"))
        try await TestSite.with(signUp: SignUpPolicy(domains: [domain])) { site in
            let sentence = SignUpRefusal.domainNotAdmitted.sentence
            for email in ["a@evil-example.com", "a@example.com.evil.org", "a@sub.example.com"] {
                #expect(await api(site, email).detail == sentence)
                let client = await client(site, email)
                #expect(client.status == .forbidden && client.text.contains("EMAIL_DOMAIN_NOT_ALLOWED"))
                let form = await form(site, email)
                #expect(form.status == .forbidden)
                #expect(form.text.contains(#"id="email-error">\#(sentence)"#))
                #expect(form.text.contains(#"value="\#(email)""#))
            }
            let accounts = try await count(site)
            #expect(accounts == 0)
            #expect(await api(site, "a@EXAMPLE.com").status == .created)
        }
    }

    @Test func `an invitation's link uses nothing up, and its form does`() async throws {
        try await TestSite.with(signUp: SignUpPolicy(.invited)) { site in
            let token = try await invite(site, email: "ada@example.com")
            for method in [HTTPMethod.GET, .HEAD] {
                for _ in 0..<20 {
                    let page = await site.send(method, "/invitation/\(token)")
                    #expect(page.status == .ok)
                    #expect(page.headers["referrer-policy"] == ["strict-origin"])
                    #expect(page.headers["cache-control"] == ["no-store"])
                }
            }
            let browser = Browser(site)
            await browser.open("/invitation/\(token)")
            // The token is in the form alone, in no address.
            #expect(browser.page.text.ranges(of: token).count == 1)
            #expect(browser.page.text.contains(#"name="invitation" value="\#(token)""#))
            #expect(browser.page.text.contains(#"value="ada@example.com""#))

            // A mistake keeps the invitation in the form.
            await browser.submit("/signup", ["email": "ada@example.com", "password": "short", "invitation": token])
            #expect(browser.page.status == .unprocessableEntity)
            #expect(browser.page.text.contains(#"name="invitation" value="\#(token)""#))
            await browser.submit(
                "/signup", ["email": "ada@example.com", "password": "kept-by-her", "invitation": token])
            #expect(browser.page.status == .ok && browser.page.text.contains("New task</label>"))
            #expect(await site.send(.GET, "/invitation/\(token)").status == .notFound)

            let records = try await site.auditRecords()
            #expect(
                records.map(\.event) == [
                    "invitation_created", "user_created", "invitation_used", "authn_token_reuse",
                ])
            #expect(records[3].request == "GET /invitation/…")
            #expect(!"\(records)".contains(token))
        }
    }

    @Test func `an invalid link is explained`() async throws {
        try await TestSite.with(signUp: SignUpPolicy(.invited)) { site in
            for made in ["x", String(repeating: "A", count: 32), String(repeating: "A", count: 5000), "%00", "a%2Fb"] {
                let page = await site.send(.GET, "/invitation/\(made)")
                #expect([.notFound, .badRequest].contains(page.status), "\(made.prefix(40)) \(page.status)")
                #expect(!page.text.contains(#"action="/signup""#))
            }
            let page = await site.send(.GET, "/invitation/x")
            #expect(page.status == .notFound && page.text.contains(SignUpRefusal.invitationInvalid.sentence))
            #expect(page.headers["referrer-policy"] == ["strict-origin"])
            #expect(await site.send(.GET, "/signup").text.contains(SignUpRefusal.invitationNeeded.sentence))
        }
        try await TestSite.with { site in
            #expect(await site.send(.GET, "/invitation/x").headers["location"] == ["/signup"])
            let token = try await invite(site)
            #expect(await site.send(.GET, "/invitation/\(token)").status == .ok)
        }
    }

    @Test func `a form that expired keeps its invitation`() async throws {
        try await TestSite.with(signUp: SignUpPolicy(.invited)) { site in
            let (token, browser) = (try await invite(site), Browser(site))
            await browser.open("/invitation/\(token)")
            let page = await browser.post(
                "/signup", ["email": "a@example.com", "password": "kept-by-her", "invitation": token], token: "stale")
            #expect(page.status == .forbidden)
            #expect(page.text.contains(#"name="invitation" value="\#(token)""#))
            let accounts = try await count(site)
            #expect(accounts == 0)
        }
    }
}
