import Auth
import Basics
import Domain
import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// Passkeys over Better Auth's routes, with what its client sends.
@Suite struct PasskeyEndpointsTests {
    private static let origin = "http://localhost:8000"
    private static let row = [
        "name", "publicKey", "userId", "credentialID", "counter", "deviceType", "backedUp", "transports", "createdAt",
        "aaguid", "id",
    ]

    private func withAnn(
        hasMail: Bool = false, _ work: (TestSite, BetterAuthClient) async throws -> Void
    ) async throws {
        try await TestSite.with(origin: Self.origin, hasMail: hasMail) { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            try await work(site, ann)
        }
    }

    private func passkey() throws -> SoftPasskey { try SoftPasskey(at: Self.origin, "localhost") }

    private func challenge(_ response: Response) throws -> [UInt8] {
        try #require(response.status == .ok)
        guard case .string(let text)? = try response.jsonObject()["challenge"] else { throw TestSite.Unexpected() }
        return try #require(Base64URL.decode(text.utf8))
    }

    private func error(_ response: Response) throws -> String {
        guard case .string(let code)? = try response.jsonObject()["code"] else { throw TestSite.Unexpected() }
        return "\(response.status.code) \(code)"
    }

    /// What `passkey.addPasskey` does.
    @discardableResult
    private func add(
        _ passkey: SoftPasskey, _ client: BetterAuthClient, _ more: String = #","name":"Laptop""#
    ) async throws -> Response {
        let options = await client.call(.GET, "passkey/generate-register-options")
        return await client.call(
            .POST, "passkey/verify-registration",
            #"{"response":\#(try passkey.creation(challenge(options)))\#(more)}"#)
    }

    /// What `signIn.passkey` does.
    private func signIn(_ passkey: SoftPasskey, _ client: BetterAuthClient) async throws -> Response {
        let options = await client.call(.GET, "passkey/generate-authenticate-options")
        return await client.call(
            .POST, "passkey/verify-authentication", #"{"response":\#(try passkey.assertion(challenge(options)))}"#)
    }

    private func rows(_ client: BetterAuthClient) async throws -> [JSONObject] {
        let response = await client.call(.GET, "passkey/list-user-passkeys")
        try #require(response.status == .ok)
        guard case .array(let values) = try JSONReader.read(response.text.utf8) else { throw TestSite.Unexpected() }
        return values.compactMap { if case .object(let object) = $0 { object } else { nil } }
    }

    private func id(_ row: JSONObject) throws -> String {
        guard case .string(let id)? = row["id"] else { throw TestSite.Unexpected() }
        return id
    }

    // MARK: Adding and changing

    @Test func `a passkey is added, listed, renamed and removed, with audit events and notices`() async throws {
        try await withAnn(hasMail: true) { site, ann in
            #expect(try await rows(ann).isEmpty)
            let passkey = try passkey()
            let added = try await add(passkey, ann)
            try #require(added.status == .ok)
            let row = try added.jsonObject()
            #expect(row.members.map(\.name) == Self.row)
            #expect(row["name"] == "Laptop" && row["credentialID"] == .string(Base64URL.encode(passkey.id)))
            #expect(
                row["counter"] == .integer(1) && row["deviceType"] == "multiDevice" && row["backedUp"] == .bool(true))
            #expect(row["transports"] == "internal" && row["aaguid"] == "00000000-0000-0000-0000-000000000000")
            guard case .string(let key)? = row["publicKey"] else { throw TestSite.Unexpected() }
            #expect(Base64.decode(key.utf8)?.count == 42)
            #expect(try await rows(ann) == [row])

            let id = try id(row)
            let renamed = await ann.call(.POST, "passkey/update-passkey", #"{"id":"\#(id)","name":" Phone "}"#)
            #expect(renamed.status == .ok)
            guard case .object(let new)? = try renamed.jsonObject()["passkey"] else { throw TestSite.Unexpected() }
            #expect(new.members.map(\.name) == Self.row && new["name"] == "Phone")
            let nameless = await ann.call(.POST, "passkey/update-passkey", #"{"id":"\#(id)","name":" "}"#)
            #expect(try error(nameless) == "400 VALIDATION_ERROR")

            let removed = await ann.call(.POST, "passkey/delete-passkey", #"{"id":"\#(id)"}"#)
            #expect(removed.status == .ok && removed.text == #"{"status":true}"#)
            #expect(try await rows(ann).isEmpty)
            let again = await ann.call(.POST, "passkey/delete-passkey", #"{"id":"\#(id)"}"#)
            #expect(try error(again) == "404 PASSKEY_NOT_FOUND")
            let events = try await site.auditRecords().map(\.event)
            #expect(events.contains("passkey_added") && events.contains("passkey_removed"))
            let mails = try await site.services.outbox.mail(in: [.waiting], limit: 99).map(\.mail.kind)
            #expect(mails.count { $0 == .secondFactorChange } == 2)
        }
    }

    @Test func `the options are those of the account page`() async throws {
        try await withAnn { _, ann in
            try await add(passkey(), ann)
            let options = try await ann.call(
                .GET, "passkey/generate-register-options?authenticatorAttachment=platform&name=Mine"
            ).jsonObject()
            #expect(options["rp"] == .object(JSONObject([("id", "localhost"), ("name", "Latchkey")])))
            guard case .object(let user)? = options["user"],
                case .object(let selection)? = options["authenticatorSelection"],
                case .array(let excluded)? = options["excludeCredentials"]
            else { throw TestSite.Unexpected() }
            #expect(user["name"] == "ann@example.com")
            #expect(selection["authenticatorAttachment"] == "platform" && selection["userVerification"] == "required")
            #expect(excluded.count == 1)
            let odd = await ann.call(.GET, "passkey/generate-register-options?authenticatorAttachment=usb")
            #expect(try error(odd) == "400 VALIDATION_ERROR")
        }
    }

    @Test func `a nameless passkey gets the browser's name, and createSession returns the session`() async throws {
        try await withAnn { _, ann in
            let session = try await ann.call(.GET, "get-session").jsonObject()
            let added = try await add(passkey(), ann, #","createSession":true"#)
            try #require(added.status == .ok)
            let body = try added.jsonObject()
            #expect(body.members.map(\.name) == Self.row + ["session", "user"])
            #expect(body["name"] == "Passkey")
            guard case .object(let shown)? = body["session"], case .object(let own)? = session["session"] else {
                throw TestSite.Unexpected()
            }
            #expect(shown["token"] == own["token"] && body["user"] == session["user"])
            #expect(added.headers.contains(name: "set-auth-token"))
        }
    }

    @Test func `a new passkey that is refused is explained, and a challenge is valid once`() async throws {
        try await withAnn { site, ann in
            let passkey = try passkey()
            let challenge = try challenge(await ann.call(.GET, "passkey/generate-register-options"))
            func register(_ credential: String, _ client: BetterAuthClient) async throws -> String {
                try error(await client.call(.POST, "passkey/verify-registration", #"{"response":\#(credential)}"#))
            }
            #expect(try await register("{}", ann) == "400 FAILED_TO_VERIFY_REGISTRATION")
            #expect(try await register("5", ann) == "400 VALIDATION_ERROR")
            #expect(
                try await register(passkey.without(0x04).creation(challenge), ann)
                    == "400 FAILED_TO_VERIFY_REGISTRATION")
            // In another session.
            let other = BetterAuthClient(site)
            _ = await other.call(.POST, "sign-in/email", #"{"email":"ann@example.com","password":"password123"}"#)
            #expect(try await register(passkey.creation(challenge), other) == "400 CHALLENGE_NOT_FOUND")
            let added = await ann.call(
                .POST, "passkey/verify-registration", #"{"response":\#(try passkey.creation(challenge))}"#)
            #expect(added.status == .ok)
            #expect(try await register(passkey.creation(challenge), ann) == "400 CHALLENGE_NOT_FOUND")
            // Known already.
            let next = try self.challenge(await ann.call(.GET, "passkey/generate-register-options"))
            #expect(try await register(passkey.creation(next), ann) == "400 FAILED_TO_VERIFY_REGISTRATION")
            let late = try self.challenge(await ann.call(.GET, "passkey/generate-register-options"))
            site.clock.advance(seconds: 301)
            #expect(try await register(self.passkey().creation(late), ann) == "400 CHALLENGE_NOT_FOUND")
        }
    }

    @Test func `adding and removing require a recent proof, and others' passkeys are not found`() async throws {
        try await withAnn { site, ann in
            let added = try await add(passkey(), ann)
            try #require(added.status == .ok)
            let id = try id(added.jsonObject())
            let ben = BetterAuthClient(site)
            let signedUp = await ben.call(
                .POST, "sign-up/email", #"{"name":"Ben","email":"ben@example.com","password":"password123"}"#)
            try #require(signedUp.status == .ok)
            for (path, more) in [("update-passkey", #","name":"Mine""#), ("delete-passkey", "")] {
                let refused = await ben.call(.POST, "passkey/\(path)", #"{"id":"\#(id)"\#(more)}"#)
                #expect(try error(refused) == "404 PASSKEY_NOT_FOUND")
            }
            let challenge = try challenge(await ann.call(.GET, "passkey/generate-register-options"))
            site.clock.advance(seconds: 600)
            let options = await ann.call(.GET, "passkey/generate-register-options")
            #expect(try error(options) == "403 SESSION_NOT_FRESH")
            let registered = await ann.call(
                .POST, "passkey/verify-registration", #"{"response":\#(try passkey().creation(challenge))}"#)
            #expect(try error(registered) == "403 SESSION_NOT_FRESH")
            let removed = await ann.call(.POST, "passkey/delete-passkey", #"{"id":"\#(id)"}"#)
            #expect(try error(removed) == "403 SESSION_NOT_FRESH")
            #expect(try await rows(ann).count == 1)
            let proved = await ann.call(.POST, "verify-password", #"{"password":"password123"}"#)
            try #require(proved.status == .ok)
            #expect(await ann.call(.POST, "passkey/delete-passkey", #"{"id":"\#(id)"}"#).status == .ok)
        }
    }

    @Test func `the last sign-in method is not removed`() async throws {
        try await withAnn { site, ann in
            let row = try await add(passkey(), ann).jsonObject()
            try await site.database.write { _ = try $0.execute("UPDATE users SET password_hash = NULL") }
            let refused = await ann.call(.POST, "passkey/delete-passkey", #"{"id":"\#(try id(row))"}"#)
            #expect(try error(refused) == "409 LAST_WAY_IN")
            #expect(try await rows(ann).count == 1)
        }
    }

    @Test func `with a second factor, adding requires a code of it, from a page of ours`() async throws {
        try await withAnn { site, ann in
            let enabled = try await ann.call(.POST, "two-factor/enable", #"{"password":"password123"}"#).jsonObject()
            guard case .string(let uri)? = enabled["totpURI"] else { throw TestSite.Unexpected() }
            let app = try #require(Authenticator(uri))
            func code() throws -> String { try app.code(at: site.clock.now) }
            let activated = await ann.call(.POST, "two-factor/verify-totp", #"{"code":"\#(try code())"}"#)
            try #require(activated.status == .ok)
            let path = "passkey/generate-register-options"
            #expect(try error(await ann.call(.GET, path)) == "400 CODE_REQUIRED")
            #expect(try error(await ann.call(.GET, path + "?context=none")) == "401 INVALID_CODE")
            let wrong = try app.wrongCode(at: site.clock.now)
            #expect(try error(await ann.call(.GET, path + "?context=\(wrong)")) == "401 INVALID_CODE")
            #expect(try error(await ann.call(.GET, path + "?context=\(try code())")) == "401 INVALID_CODE")

            site.clock.advance(seconds: 30)
            let cookie = ann.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
            func send(_ headers: HTTPHeaders) async throws -> Response {
                var headers = headers
                headers.add(name: "cookie", value: cookie)
                return await site.send(.GET, "/api/auth/\(path)?context=\(try code())", headers)
            }
            // A link elsewhere would use the code up, or try others until the second factor is locked.
            #expect(try error(await send(["sec-fetch-site": "cross-site"])) == "403 MISSING_OR_NULL_ORIGIN")
            #expect(try error(await send(["origin": "https://evil.example"])) == "403 INVALID_ORIGIN")
            let challenge = try challenge(await send(["sec-fetch-site": "same-origin"]))
            let added = await ann.call(
                .POST, "passkey/verify-registration", #"{"response":\#(try passkey().creation(challenge))}"#)
            #expect(added.status == .ok)
        }
    }

    // MARK: Signing in

    @Test func `a passkey signs in as both factors, and replaces the browser's session`() async throws {
        try await withAnn { site, ann in
            let passkey = try passkey()
            try await add(passkey, ann)
            let browser = BetterAuthClient(site)
            let options = try await browser.call(.GET, "passkey/generate-authenticate-options").jsonObject()
            #expect(options["userVerification"] == "required" && options["allowCredentials"] == .array([]))
            #expect(options["rpId"] == "localhost")
            let done = try await signIn(passkey.counting(2), browser)
            try #require(done.status == .ok)
            let body = try done.jsonObject()
            #expect(body.members.map(\.name) == ["session", "user"])
            #expect(browser.lines.count == 1)
            #expect(browser.lines[0].hasPrefix("better-auth.session_token="))
            #expect(browser.lines[0].hasSuffix("; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"))
            #expect(done.headers.contains(name: "set-auth-token"))
            let session = try await browser.call(.GET, "get-session").jsonObject()
            #expect(session["session"] == body["session"] && session["user"] == body["user"])
            #expect(try await rows(browser).map { $0["counter"] } == [.integer(2)])

            // Once more, of the passkeys of the user who is signed in.
            let own = try await browser.call(.GET, "passkey/generate-authenticate-options").jsonObject()
            guard case .array(let allowed)? = own["allowCredentials"] else { throw TestSite.Unexpected() }
            #expect(allowed.count == 1)
            let before = try await site.services.sessions.sessions(of: user(site)).count
            #expect(try await signIn(passkey.counting(3), browser).status == .ok)
            #expect(try await site.services.sessions.sessions(of: user(site)).count == before)
        }
    }

    private func user(_ site: TestSite) async throws -> UserID {
        try #require(try await site.services.accountStore.user(EmailAddress(stored: "ann@example.com"))).id
    }

    @Test func `every invalid passkey gets the same response, and no session begins`() async throws {
        try await withAnn { site, ann in
            let passkey = try passkey()
            try await add(passkey, ann)
            var elsewhere = passkey.counting(2)
            elsewhere.origin = "http://localhost:8001"
            let unknown = try self.passkey()
            let wrong = [
                passkey.counting(2).without(0x04), elsewhere, unknown, unknown.named(passkey.id),
            ]
            let before = try await site.services.sessions.sessions(of: user(site)).count
            for passkey in wrong {
                let browser = BetterAuthClient(site)
                #expect(try error(try await signIn(passkey, browser)) == "401 AUTHENTICATION_FAILED")
                #expect(browser.cookies.isEmpty)
            }
            let browser = BetterAuthClient(site)
            let used = try challenge(await browser.call(.GET, "passkey/generate-authenticate-options"))
            let body = #"{"response":\#(try passkey.counting(2).assertion(used))}"#
            #expect(await browser.call(.POST, "passkey/verify-authentication", body).status == .ok)
            #expect(
                try error(await BetterAuthClient(site).call(.POST, "passkey/verify-authentication", body))
                    == "401 AUTHENTICATION_FAILED")
            // A challenge for making one.
            let other = try challenge(await ann.call(.GET, "passkey/generate-register-options"))
            let mixed = #"{"response":\#(try passkey.counting(3).assertion(other))}"#
            #expect(
                try error(await BetterAuthClient(site).call(.POST, "passkey/verify-authentication", mixed))
                    == "401 AUTHENTICATION_FAILED")
            #expect(try await site.services.sessions.sessions(of: user(site)).count == before + 1)
            let causes = try await site.auditRecords().compactMap { record -> JSONValue? in
                guard case .object(let details) = try JSONReader.read(record.details.utf8) else { return nil }
                return details["cause"]
            }
            #expect(
                causes == [
                    "no user verification", "other origin", "unknown passkey", "wrong signature",
                    "unknown, used or expired challenge", "unknown, used or expired challenge",
                ])
        }
    }

    @Test func `a page of another site cannot sign its visitor in with a passkey`() async throws {
        try await withAnn { site, ann in
            let passkey = try passkey()
            try await add(passkey, ann)
            let options = await site.send(.GET, "/api/auth/passkey/generate-authenticate-options")
            let body = #"{"response":\#(try passkey.counting(2).assertion(challenge(options)))}"#
            let refused = await site.send(
                .POST, "/api/auth/passkey/verify-authentication",
                ["content-type": "application/json", "origin": "https://evil.example"], body: body)
            #expect(try error(refused) == "403 INVALID_ORIGIN")
        }
    }

    @Test func `the routes say where passkeys are unavailable, and when they need a session`() async throws {
        try await TestSite.with { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            for path in ["generate-register-options", "generate-authenticate-options"] {
                #expect(try error(await ann.call(.GET, "passkey/\(path)")) == "404 PASSKEYS_NOT_AVAILABLE")
            }
            let visitor = BetterAuthClient(site)
            for path in ["generate-register-options", "list-user-passkeys"] {
                #expect(try error(await visitor.call(.GET, "passkey/\(path)")) == "401 UNAUTHORIZED")
            }
            for (path, body) in [
                ("verify-registration", #"{"response":{}}"#), ("update-passkey", #"{"id":"x","name":"y"}"#),
                ("delete-passkey", #"{"id":"x"}"#),
            ] {
                #expect(try error(await visitor.call(.POST, "passkey/\(path)", body)) == "401 UNAUTHORIZED")
            }
        }
    }
}
