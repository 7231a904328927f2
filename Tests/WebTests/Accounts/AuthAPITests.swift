import Auth
import Crypto
import Domain
import HTTPServer
import JSON
import NIOHTTP1
import Testing

@Suite struct AuthAPITests {
    private let json: HTTPHeaders = ["content-type": "application/json"]

    @Test func `the complete response to a sign-up`() async throws {
        try await TestSite.with { site in
            let response = await site.send(
                .POST, "/api/auth/signup", json,
                body:
                    #"{"email":" Test@Example.com ","password":"password123","username":"Test User","is_active":false,"id":"x"}"#
            )

            #expect(response.status == .created)
            #expect(
                Set(response.headers.map(\.name)) == [
                    "content-type", "cache-control", "content-security-policy", "x-content-type-options",
                    "x-frame-options", "referrer-policy", "cross-origin-opener-policy", "cross-origin-resource-policy",
                    "permissions-policy",
                ])
            #expect(response.headers["content-type"] == ["application/json"])
            #expect(response.headers["cache-control"] == ["no-store"])
            let answer = try response.jsonObject()
            #expect(answer.members.map(\.name) == ["access_token", "token_type", "user"])
            #expect(answer["token_type"] == .string("bearer"))
            guard case .object(let user)? = answer["user"] else { return #expect(Bool(false)) }
            #expect(user.members.map(\.name) == ["id", "email", "username", "is_active", "created_at"])
            #expect(user["email"] == .string("test@example.com"))
            #expect(user["username"] == .string("Test User"))
            #expect(user["is_active"] == .bool(true))
        }
    }

    @Test func `errors have the messages of the seed document`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let again = await site.send(
                .POST, "/api/auth/signup", json, body: #"{"email":"ALICE@example.com","password":"password123"}"#)
            #expect(again.status == .badRequest)
            #expect(again.detail == "Email already registered")

            for body in [
                #"{"email":"alice@example.com","password":"wrong-password"}"#,
                #"{"email":"nobody@example.com","password":"wrong-password"}"#,
            ] {
                let wrong = await site.send(.POST, "/api/auth/signin", json, body: body)
                #expect(wrong.status == .unauthorized)
                #expect(wrong.detail == "Invalid credentials")
                #expect(wrong.headers["www-authenticate"] == ["Bearer"])
            }

            try await site.database.write { _ = try $0.execute("UPDATE users SET is_active = \(false)") }
            let inactive = await site.send(
                .POST, "/api/auth/signin", json, body: #"{"email":"alice@example.com","password":"kept-by-lice"}"#)
            #expect(inactive.status == .unauthorized)
            #expect(inactive.detail == "Account is inactive")
            _ = alice
        }
    }

    @Test func `signing out ends the token, and only that one`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let second = try await site.send(
                .POST, "/api/auth/signin", json, body: #"{"email":"alice@example.com","password":"kept-by-lice"}"#
            ).jsonObject()
            #expect(await alice.send(.GET, "/api/auth/me").status == .ok)
            #expect(await alice.send(.POST, "/api/auth/signout").status == .noContent)

            let after = await alice.send(.GET, "/api/auth/me")
            #expect(after.status == .unauthorized)
            #expect(after.detail == "Invalid token")
            guard case .string(let token)? = second["access_token"] else { return #expect(Bool(false)) }
            #expect(await APIClient(site: site, token: token, userID: "").send(.GET, "/api/auth/me").status == .ok)
        }
    }

    @Test(arguments: [
        (#"{}"#, 422, "Field 'email' is required. Field 'password' is required."),
        (
            #"{"email":5,"password":null}"#, 422,
            "Field 'email' must be a string, not a number. Field 'password' must be a string, not null."
        ),
        (
            #"{"email":"a@b.cd","password":"wool-sky","username":[]}"#, 422,
            "Field 'username' must be a string or null, not an array."
        ),
        (#"{"email":"nope","password":"wool-sky"}"#, 422, "Enter an e-mail address, such as name@example.com."),
        (#"{"email":"a@b.cd","password":"1234567"}"#, 422, "The password must have at least 8 characters."),
        ("", 400, "The JSON is not valid at byte 0: it is empty."),
        ("[]", 400, "Send a JSON object, in braces."),
        (
            #"{"email":"a@b.cd","email":"b@b.cd"}"#, 400,
            "The JSON is not valid at byte 18: a name stands twice in one object."
        ),
    ])
    func `an invalid body is explained`(body: String, status: Int, detail: String) async throws {
        try await TestSite.with { site in
            let response = await site.send(.POST, "/api/auth/signup", json, body: body)
            #expect(Int(response.status.code) == status)
            #expect(response.detail == detail)
            #expect(response.headers["content-type"] == ["application/problem+json"])
        }
    }

    @Test func `an issue has its location, its message and its type`() async throws {
        try await TestSite.with { site in
            let response = await site.send(
                .POST, "/api/auth/signup", json, body: #"{"email":"a@b.cd","password":"short"}"#)
            let issue =
                #"{"loc":["body","password"],"msg":"The password must have at least 8 characters.","type":"too_short"}"#
            let wanted = try JSONReader.read(Array("[\(issue)]".utf8))
            let errors = try response.jsonObject()["errors"]
            #expect(errors == wanted)
        }
    }

    @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
    func `only JSON is accepted`(type: String) async throws {
        try await TestSite.with { site in
            let response = await site.send(
                .POST, "/api/auth/signin", ["content-type": type], body: #"{"email":"a@b.cd","password":"wool-sky"}"#)
            #expect(response.status == .unsupportedMediaType)
            #expect(response.detail == "Send the body as JSON, with Content-Type: application/json.")
        }
    }

    @Test func `the scheme may have any case, two fields are refused, and no token is read from a query`()
        async throws
    {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            for scheme in ["Bearer", "bearer", "BEARER"] {
                #expect(
                    await site.send(.GET, "/api/auth/me", ["authorization": "\(scheme) \(alice.token)"]).status == .ok)
            }
            for (headers, detail): (HTTPHeaders, String) in [
                ([:], "Authentication required"), (["authorization": "Basic abc"], "Authentication required"),
                (["authorization": "Bearer"], "Authentication required"),
                (["authorization": "Bearer x"], "Invalid token"),
                (
                    ["authorization": "Bearer \(alice.token)", "Authorization": "Bearer \(alice.token)"],
                    "Invalid token"
                ),
            ] {
                let response = await site.send(.GET, "/api/auth/me", headers)
                #expect(response.status == .unauthorized)
                #expect(response.detail == detail)
            }
            let inQuery = await site.send(.GET, "/api/auth/me?access_token=\(alice.token)")
            #expect(inQuery.status == .unauthorized)
        }
    }

    @Test func `another service's token is valid for existing users only`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            func token(_ user: String) throws -> String {
                try AccessTokens(site.services.secrets).sign(
                    AccessClaims(
                        userID: UserID(rawValue: user), email: "", issuedAt: site.clock.now.seconds,
                        expiresAt: site.clock.now.seconds + 60, sessionID: nil))
            }
            let good = APIClient(site: site, token: try token(alice.userID), userID: alice.userID)
            #expect(await good.send(.GET, "/api/tasks").status == .ok)
            #expect(await good.send(.POST, "/api/auth/signout").status == .forbidden)
            let bad = APIClient(site: site, token: try token("nobody"), userID: "nobody")
            #expect(await bad.send(.GET, "/api/tasks").status == .unauthorized)
        }
    }
}
