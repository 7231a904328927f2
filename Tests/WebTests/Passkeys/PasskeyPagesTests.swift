import Auth
import Basics
import Domain
import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing

@Suite struct PasskeyPagesTests {
    private static let origin = "http://localhost:8000"
    private static let cookie = "better-auth.session_token"

    private func withAlice(_ work: (TestSite, Browser) async throws -> Void) async throws {
        try await TestSite.with(origin: Self.origin) { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            try #require(await alice.open("/account").status == .ok)
            try await work(site, alice)
        }
    }

    /// The options on a page, which its script reads.
    private func options(_ browser: Browser, _ ceremony: String) throws -> JSONObject {
        let text = try #require(browser.page.text.firstMatch(of: /data-passkey="([^"]+)"/)?.1)
        let json = text.replacing("&quot;", with: "\"").replacing("&#34;", with: "\"")
        guard case .object(let object) = try JSONReader.read(json.utf8), case .object(let options)? = object[ceremony]
        else { throw TestSite.Unexpected() }
        return options
    }

    private func challenge(_ options: JSONObject) throws -> [UInt8] {
        guard case .string(let text)? = options["challenge"] else { throw TestSite.Unexpected() }
        return try #require(Base64URL.decode(text.utf8))
    }

    private func add(_ passkey: SoftPasskey, named name: String = "Laptop", _ alice: Browser) async throws {
        await alice.submit("/account/passkeys", [:])
        try #require(alice.page.status == .ok)
        let challenge = try challenge(options(alice, "create"))
        await alice.submit(
            "/account/passkeys/add", ["credential": try passkey.creation(challenge), "name": name])
    }

    private func passkey() throws -> SoftPasskey { try SoftPasskey(at: Self.origin, "localhost") }

    @Test func `a passkey is added, listed, renamed and removed`() async throws {
        try await withAlice { site, alice in
            #expect(alice.page.text.contains("<h2 class=\"sect\" id=\"passkeys\">Passkeys</h2>"))
            await alice.submit("/account/passkeys", [:])
            #expect(alice.page.status == .ok && alice.page.headers["cache-control"] == ["no-store"])
            let options = try options(alice, "create")
            #expect(options["rp"] == .object(JSONObject([("id", "localhost"), ("name", "Latchkey")])))
            #expect(options["attestation"] == "none")
            let passkey = try passkey()
            let creation = try passkey.creation(challenge(options))
            await alice.submit("/account/passkeys/add", ["credential": creation, "name": "<Laptop>"])
            #expect(alice.page.text.contains("Passkey added."))
            #expect(alice.page.text.contains("&lt;Laptop&gt;</h3>") && alice.page.text.contains("Never used"))
            // The same once more.
            await alice.submit("/account/passkeys/add", ["credential": creation, "name": "Twice"])
            #expect(alice.page.text.contains("That took too long.") && !alice.page.text.contains("Twice"))

            let id = try #require(alice.page.text.firstMatch(of: /\/account\/passkeys\/([0-9a-f-]{36})\/name/)?.1)
            await alice.submit("/account/passkeys/\(id)/name", ["passkey_name": " "])
            #expect(alice.page.status == .unprocessableEntity && alice.page.text.contains("Enter a name."))
            await alice.submit("/account/passkeys/\(id)/name", ["passkey_name": "Phone"])
            #expect(alice.page.text.contains("Passkey renamed.") && alice.page.text.contains("Phone</h3>"))

            let bob = Browser(site)
            try await bob.signUp("bob")
            await bob.open("/account")
            await bob.submit("/account/passkeys/\(id)/remove", [:])
            #expect(bob.page.text.contains("That passkey is no longer there."))
            await bob.submit("/account/passkeys/\(id)/name", ["passkey_name": "Mine"])
            #expect(bob.page.text.contains("That passkey is no longer there."))

            site.clock.advance(seconds: 600)
            await alice.submit("/account/passkeys/\(id)/remove", [:])
            #expect(alice.page.status == .forbidden && alice.page.text.contains("Enter your password."))
            await alice.submit("/account/passkeys/\(id)/remove", ["passkey_password": "wrong"])
            #expect(alice.page.status == .forbidden && alice.page.text.contains("This is not your password."))
            await alice.submit("/account/passkeys/\(id)/remove", ["passkey_password": "kept-by-lice"])
            #expect(alice.page.status == .ok && alice.page.text.contains("Passkey removed."))
            #expect(alice.page.text.contains("Passkey “Phone” removed"))
        }
    }

    @Test func `a passkey signs in on the login page, and continues to the requested page`() async throws {
        try await withAlice { site, alice in
            let passkey = try passkey()
            try await add(passkey, alice)
            let browser = Browser(site)
            await browser.open("/account")
            let options = try options(browser, "get")
            #expect(options["rpId"] == "localhost" && options["userVerification"] == "required")
            #expect(options["allowCredentials"] == .array([]))
            await browser.submit(
                "/login/passkey",
                ["credential": try passkey.counting(2).assertion(challenge(options)), "next": "/account"])
            #expect(browser.page.status == .ok && browser.page.text.contains("<h1>Account</h1>"))
            #expect(browser.page.text.contains("Signed in with a passkey"))
            #expect(browser.cookies[Self.cookie] != nil)
        }
    }

    @Test(arguments: ["", "{}", "[]", "x", #"{"id":"AA","rawId":"AA","type":"public-key","response":{}}"#])
    func `an invalid passkey is refused with the login page`(credential: String) async throws {
        try await withAlice { site, _ in
            let browser = Browser(site)
            await browser.open("/login?next=/account")
            await browser.submit("/login/passkey", ["credential": credential, "next": "/account"])
            #expect(browser.page.status == .unauthorized && browser.cookies[Self.cookie] == nil)
            #expect(browser.page.text.contains("This passkey was not accepted."))
            #expect(browser.page.text.contains(#"name="next" value="/account""#))
        }
    }

    @Test func `a passkey replaces the code, also over JSON`() async throws {
        try await withAlice { site, alice in
            let passkey = try passkey()
            try await add(passkey, alice)
            await alice.open("/account")
            await alice.submit("/account/second-factor", [:])
            let link = try #require(alice.page.text.firstMatch(of: /href="(otpauth:[^"]+)"/)?.1)
            let app = try #require(Authenticator(String(link).replacing("&amp;", with: "&")))
            await alice.submit("/account/second-factor/activate", ["code": try app.code(at: site.clock.now)])
            try #require(alice.page.status == .ok)

            let browser = Browser(site)
            await browser.open("/login")
            await browser.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            let options = try options(browser, "get")
            #expect(options["userVerification"] == "discouraged")
            guard case .array(let allowed)? = options["allowCredentials"] else { throw TestSite.Unexpected() }
            #expect(allowed.count == 1)
            let ticket = String(try #require(browser.page.text.firstMatch(of: /name="ticket" value="([^"]+)"/)?.1))
            let wrong = try passkey.counting(2).assertion([1, 2, 3])
            await browser.submit("/login/second-factor", ["ticket": ticket, "code": "", "credential": wrong])
            #expect(browser.page.status == .unauthorized)
            #expect(browser.page.text.contains("This passkey was not accepted."))
            let right = try passkey.counting(2).without(0x04).assertion(challenge(self.options(browser, "get")))
            await browser.submit("/login/second-factor", ["ticket": ticket, "code": "", "credential": right])
            #expect(browser.cookies[Self.cookie] != nil)

            func post(_ path: String, _ body: String) async -> Response {
                await site.send(.POST, "/api/auth/" + path, ["content-type": "application/json"], body: body)
            }
            let asked = try await post("signin", #"{"email":"alice@example.com","password":"kept-by-lice"}"#)
                .jsonObject()
            guard case .string(let token)? = asked["challenge"] else { throw TestSite.Unexpected() }
            #expect(asked["methods"] == .array(["totp", "recovery_code", "passkey"]))
            let answer = await post("passkey/options", #"{"challenge":"\#(token)"}"#)
            try #require(answer.status == .ok)
            let assertion = try passkey.counting(3).assertion(challenge(answer.jsonObject()))
            let done = await post("second-factor", #"{"challenge":"\#(token)","credential":\#(assertion)}"#)
            #expect(done.status == .ok && done.text.contains("access_token"))
        }
    }

    @Test func `a program signs in with a passkey`() async throws {
        try await withAlice { site, alice in
            let passkey = try passkey()
            try await add(passkey, alice)
            func post(_ path: String, _ body: String) async -> Response {
                await site.send(.POST, "/api/auth/" + path, ["content-type": "application/json"], body: body)
            }
            let options = await post("passkey/options", "{}")
            try #require(options.status == .ok)
            let assertion = try passkey.counting(2).assertion(challenge(options.jsonObject()))
            let done = await post("passkey", #"{"credential":\#(assertion)}"#)
            #expect(done.status == .ok)
            #expect(try done.jsonObject().members.map(\.name) == ["access_token", "token_type", "user"])
            let again = await post("passkey", #"{"credential":\#(assertion)}"#)
            #expect(again.status == .unauthorized && again.detail == "Invalid credentials")
            for (body, status) in [
                ("{}", HTTPResponseStatus.unprocessableEntity), (#"{"credential":"x"}"#, .unprocessableEntity),
                (#"{"credential":{}}"#, .unauthorized),
            ] {
                let refused = await post("passkey", body)
                #expect(refused.status == status)
            }
            let unknown = await post("passkey/options", #"{"challenge":"x"}"#)
            #expect(unknown.status == .notFound)
        }
    }

    @Test func `where browsers have no passkeys, none is offered`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            await alice.open("/login")
            #expect(!alice.page.text.contains("data-passkey"))
            try await alice.signUp("alice")
            await alice.open("/account")
            #expect(alice.page.text.contains("Passkeys need HTTPS and a host name"))
            let refused = await alice.post("/account/passkeys", [:], token: alice.formToken)
            #expect(refused.status == .notFound)
            let options = await site.send(.POST, "/api/auth/passkey/options")
            #expect(options.status == .notFound)
        }
    }
}
