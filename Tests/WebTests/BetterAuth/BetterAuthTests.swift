import Auth
import Crypto
import Domain
import HTTPServer
import NIOHTTP1
import Testing

/// Behaviour that the recordings do not show, observed with the real JavaScript client.
@Suite struct BetterAuthTests {
    @Test func `a token that was never sent deletes no account`() async throws {
        try await TestSite.with { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            let response = await ann.call(.POST, "delete-user", #"{"token":"x"}"#)
            #expect(response.status == .notFound)
            #expect(response.text == #"{"message":"Invalid token","code":"INVALID_TOKEN"}"#)
            #expect(await ann.call(.GET, "delete-user/callback?token=x").status == .notFound)
            #expect(await ann.call(.GET, "get-session").text.contains("ann@example.com"))
            #expect(await ann.call(.POST, "delete-user").status == .ok)
            #expect(await ann.call(.GET, "get-session").text == "null")
        }
    }

    @Test func `deleting the account requires a proof from the last ten minutes`() async throws {
        try await TestSite.with { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            site.clock.advance(seconds: 600)
            let response = await ann.call(.POST, "delete-user")
            #expect(response.status == .badRequest)
            #expect(
                response.text
                    == #"{"message":"Session expired. Re-authenticate to perform this action.","code":"SESSION_EXPIRED"}"#
            )
            // Listing sessions keeps its day.
            #expect(await ann.call(.GET, "list-sessions").status == .ok)
            let wrong = await ann.call(.POST, "delete-user", #"{"password":"not it"}"#)
            #expect(wrong.status == .badRequest)
            #expect(wrong.text == #"{"message":"Invalid password","code":"INVALID_PASSWORD"}"#)
            #expect(await ann.call(.POST, "verify-password", #"{"password":"not it"}"#).status == .badRequest)
            #expect(await ann.call(.POST, "delete-user").status == .badRequest)
            #expect(await ann.call(.POST, "verify-password", #"{"password":"password123"}"#).status == .ok)
            site.clock.advance(seconds: 599)
            #expect(await ann.call(.POST, "delete-user").status == .ok)
        }
    }

    @Test func `without a recent proof a link is mailed, and its button deletes`() async throws {
        try await TestSite.with(trustedOrigins: ["http://app.test"], hasMail: true) { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            site.clock.advance(seconds: 601)
            let sent = await ann.call(.POST, "delete-user", #"{"callbackURL":"http://app.test/bye"}"#)
            #expect(sent.status == .ok && sent.text == #"{"success":true,"message":"Verification email sent"}"#)
            let mail = try #require(
                try await site.services.outbox.mail(in: [.waiting], limit: 9).first {
                    $0.mail.kind == .accountDeletion
                })
            #expect(mail.mail.address.text == "ann@example.com")
            let token = try #require(try await site.services.deletions.secret(in: mail.mail)?.token)

            // The address that the real server mails leads to the page that ours mails.
            let callback = "delete-user/callback?token=\(token)&callbackURL=http%3A%2F%2Fapp.test%2Fbye"
            let click = await ann.call(.GET, callback)
            let page = "/delete-account/\(token)?callbackURL=http%3A%2F%2Fapp.test%2Fbye"
            #expect(click.status == .found && click.headers["location"] == ["http://tasks.test" + page])
            let visitor = await site.send(.GET, "/api/auth/\(callback)")
            #expect(visitor.status == .notFound && visitor.text.contains("FAILED_TO_GET_USER_INFO"))
            let other = try await site.signUp("bob")
            #expect(await other.send(.GET, "/api/auth/\(callback)").text.contains("INVALID_TOKEN"))
            let stolen = await other.send(.POST, "/api/auth/delete-user", json: #"{"token":"\#(token)"}"#)
            #expect(stolen.status == .notFound)

            let reader = Browser(site)
            for _ in 0..<20 { #expect(await reader.open(page).status == .ok) }
            #expect(reader.page.headers["referrer-policy"] == ["strict-origin"])
            #expect(await ann.call(.GET, "get-session").text.contains("ann@example.com"))
            let done = await reader.post(
                "/delete-account", ["token": token, "next": "http://app.test/bye"], token: reader.formToken)
            #expect(done.status == .seeOther && done.headers["location"] == ["http://app.test/bye"])
            #expect(await ann.call(.GET, "get-session").text == "null")
            await reader.open("/login")
            await reader.submit("/delete-account", ["token": token])
            #expect(reader.page.status == .notFound)
        }
    }

    @Test func `the token of a mailed link deletes with its owner's session`() async throws {
        try await TestSite.with(hasMail: true) { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            site.clock.advance(seconds: 601)
            _ = await ann.call(.POST, "delete-user")
            let mail = try #require(
                try await site.services.outbox.mail(in: [.waiting], limit: 9).first {
                    $0.mail.kind == .accountDeletion
                })
            let token = try #require(try await site.services.deletions.secret(in: mail.mail)?.token)
            let done = await ann.call(.POST, "delete-user", #"{"token":"\#(token)"}"#)
            #expect(done.status == .ok && done.text == #"{"success":true,"message":"User deleted"}"#)
            #expect(await ann.call(.GET, "get-session").text == "null")
        }
    }

    @Test func `a session that is not remembered stays so after changing the password`() async throws {
        try await TestSite.with { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp(#","rememberMe":false"#)
            #expect(ann.lines.count == 2)
            let response = await ann.call(
                .POST, "change-password",
                #"{"currentPassword":"password123","newPassword":"password456","revokeOtherSessions":true}"#)
            #expect(response.status == .ok)
            #expect(ann.lines.count == 2)
            #expect(ann.lines.allSatisfy { !$0.contains("Max-Age") })
        }
    }

    @Test func `signing in again ends the session that the browser had`() async throws {
        try await TestSite.with { site in
            let (ann, other) = (BetterAuthClient(site), BetterAuthClient(site))
            try await ann.signUp()
            let json = #"{"email":"ann@example.com","password":"password123"}"#
            #expect(await other.call(.POST, "sign-in/email", json).status == .ok)
            let old = try #require(ann.cookies["better-auth.session_token"])
            #expect(await ann.call(.POST, "sign-in/email", json).status == .ok)
            func session(_ cookie: String) async -> String {
                let headers: HTTPHeaders = ["cookie": "better-auth.session_token=\(cookie)"]
                return await site.send(.GET, "/api/auth/get-session", headers).text
            }
            #expect(await session(old) == "null")
            #expect(await ann.call(.GET, "get-session").text != "null")
            // So does signing up, as another user.
            let second = try #require(ann.cookies["better-auth.session_token"])
            let ben = #"{"name":"Ben","email":"ben@example.com","password":"password123"}"#
            #expect(await ann.call(.POST, "sign-up/email", ben).status == .ok)
            #expect(await session(second) == "null")
            // A refused sign-in keeps the earlier session, and no other session is affected.
            let wrong = #"{"email":"ann@example.com","password":"not the password"}"#
            #expect(await ann.call(.POST, "sign-in/email", wrong).status == .unauthorized)
            #expect(await ann.call(.GET, "get-session").text.contains("ben@example.com"))
            #expect(await other.call(.GET, "get-session").text != "null")
            let ends = try await site.auditRecords().filter { $0.event == "authn_token_revoked" }
            #expect(ends.map(\.details) == Array(repeating: #"{"reason":"signed in again"}"#, count: 2))
        }
    }

    @Test func `no cookie lasts longer than its session`() async throws {
        try await TestSite.with { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            for _ in 0..<5 {
                site.clock.advance(seconds: 5 * 86_400)
                #expect(await ann.call(.GET, "get-session").status == .ok)
            }
            // 25 of 30 days are over.
            #expect(ann.lines.first?.contains("Max-Age=432000;") == true)
            #expect(await ann.call(.POST, "update-user", #"{"name":"Anna"}"#).status == .ok)
            #expect(ann.lines.first?.contains("Max-Age=432000;") == true)
            site.clock.advance(seconds: 5 * 86_400)
            #expect(await ann.call(.GET, "get-session").text == "null")
        }
    }

    @Test func `a cookie that we did not sign does not shorten a session`() async throws {
        try await TestSite.with { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            let cookies = ann.cookies.map { "\($0.key)=\($0.value)" } + ["better-auth.dont_remember=true.x"]
            let response = await site.send(
                .POST, "/api/auth/update-user",
                [
                    "origin": "http://tasks.test", "content-type": "application/json",
                    "cookie": cookies.joined(separator: "; "),
                ], body: #"{"name":"Anna"}"#)
            #expect(response.status == .ok)
            #expect(response.headers["set-cookie"].first?.contains("Max-Age=604800") == true)
        }
    }

    @Test func `the handle of another session ends it, and opens nothing`() async throws {
        try await TestSite.with { site in
            let (ann, other) = (BetterAuthClient(site), BetterAuthClient(site))
            try await ann.signUp()
            let json = #"{"email":"ann@example.com","password":"password123"}"#
            #expect(await other.call(.POST, "sign-in/email", json).status == .ok)
            let handles = try await ann.call(.GET, "list-sessions").jsonArray().compactMap { session -> String? in
                if case .string(let token)? = session["token"] { token } else { nil }
            }
            let handle = try #require(handles.last)
            let opened = await site.send(.GET, "/api/tasks", ["authorization": "Bearer \(handle)"])
            #expect(opened.status == .unauthorized)
            #expect(await ann.call(.POST, "revoke-session", #"{"token":"\#(handle)"}"#).status == .ok)
            #expect(await other.call(.GET, "get-session").text == "null")
            #expect(await ann.call(.GET, "get-session").text != "null")
        }
    }

    private static let png =
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

    @Test func `a picture is served at an address of its own, and is in no token or header`() async throws {
        try await TestSite.with { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp(#","image":"\#(Self.png)""#)
            let session = await ann.call(.GET, "get-session")
            #expect(!session.text.contains("data:") && !"\(session.headers)".contains("base64"))
            let path = try #require(session.text.firstMatch(of: /"image":"(\/pictures\/[0-9a-f]{64})"/)?.1)
            let token = try #require(session.headers.first(name: "set-auth-jwt"))
            #expect(token.utf8.count < 1200)

            let picture = await site.send(.GET, String(path))
            #expect(picture.status == .ok)
            #expect(picture.headers["content-type"] == ["image/png"])
            #expect(picture.headers["content-security-policy"] == ["default-src 'none'; sandbox"])
            #expect(picture.headers["x-content-type-options"] == ["nosniff"])
            #expect(picture.headers["cache-control"].first?.contains("immutable") == true)
            #expect(picture.body.readableBytes == 70)
            let etag = try #require(picture.headers.first(name: "etag"))
            #expect(await site.send(.GET, String(path), ["if-none-match": etag]).status == .notModified)
            #expect(await site.send(.HEAD, String(path)).status == .ok)
            for nothing in [String(path.dropLast()), path + "0", "/pictures/x", "/pictures/"] {
                #expect(await site.send(.GET, nothing).status == .notFound, "\(nothing)")
            }
            #expect(await ann.call(.POST, "update-user", #"{"image":null}"#).status == .ok)
            #expect(await site.send(.GET, String(path)).status == .notFound)
        }
    }

    @Test(arguments: [
        (#""password":"12345678""#, "PASSWORD_TOO_COMMON"), (#""password":"x-latchkey-9""#, "PASSWORD_NOT_ACCEPTED"),
        (#""password":"ann@example.com""#, "PASSWORD_NOT_ACCEPTED"), (#""password":"short""#, "PASSWORD_TOO_SHORT"),
        (#""name":"\#(String(repeating: "x", count: 101))""#, "NAME_TOO_LONG"),
        (#""name":"a\u0007b""#, "INVALID_NAME"), (#""image":"data:text/html,x""#, "INVALID_IMAGE"),
        (#""image":"ftp://example.com/a.png""#, "INVALID_IMAGE"),
        (#""image":"data:image/png;base64,\#(String(repeating: "A", count: 360_000))""#, "IMAGE_TOO_LARGE"),
    ])
    func `a refusal has a code of its own and a message to show`(field: String, code: String) async throws {
        try await TestSite.with(hasStrictPasswords: true) { site in
            var fields = ["name": #""name":"Ann""#, "password": #""password":"wool-sky-7""#, "image": #""image":null"#]
            fields["image"] = #""image":"""#
            fields[String(field.dropFirst().prefix { $0 != "\"" })] = field
            let json = #"{"email":"ann@example.com",\#(fields.values.joined(separator: ","))}"#
            let response = await BetterAuthClient(site).call(.POST, "sign-up/email", json)
            #expect(response.status == .badRequest)
            let body = try response.jsonObject()
            #expect(body["code"] == .string(code))
            guard case .string(let message)? = body["message"] else { return #expect(Bool(false)) }
            #expect(!message.contains("[body") && (message.hasSuffix(".") || code == "PASSWORD_TOO_SHORT"))
        }
    }

    @Test func `JSON that is not accepted is not called invalid JSON`() async throws {
        try await TestSite.with { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            for (body, code) in [
                (#"{"name":"a","name":"b"}"#, "JSON_NOT_ACCEPTED"), (#"{"name":"\u0000"}"#, "JSON_NOT_ACCEPTED"),
                (#"{"name":"\ud83d"}"#, "JSON_NOT_ACCEPTED"), (#"{"a":1e999}"#, "JSON_NOT_ACCEPTED"),
                (String(repeating: "[", count: 70) + String(repeating: "]", count: 70), "JSON_NOT_ACCEPTED"),
                ("{'name':1}", "BAD_REQUEST"), (#"{"name":1,}"#, "BAD_REQUEST"), ("{", "BAD_REQUEST"),
            ] {
                let response = await ann.call(.POST, "update-user", body)
                #expect(response.status == .badRequest)
                #expect(try response.jsonObject()["code"] == .string(code), "\(body)")
            }
        }
    }

    @Test func `an access token is a bearer here too, and gets no session token for it`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let bearer: HTTPHeaders = ["authorization": "Bearer \(alice.token)", "content-type": "application/json"]
            func call(_ method: HTTPMethod, _ path: String, _ body: String = "") async -> Response {
                await site.send(method, "/api/auth/" + path, bearer, body: body)
            }
            // Another session, whose token must appear nowhere.
            let other = await site.send(
                .POST, "/api/auth/sign-in/email", ["content-type": "application/json"],
                body: #"{"email":"alice@example.com","password":"kept-by-lice"}"#)
            let secret = try #require(other.headers.first(name: "set-auth-token"))
            var answers: [Response] = []
            for (method, path, body) in [
                (HTTPMethod.GET, "get-session", ""), (.GET, "list-sessions", ""), (.GET, "list-accounts", ""),
                (.GET, "token", ""), (.POST, "update-user", #"{"name":"Al"}"#),
                (.POST, "verify-password", #"{"password":"kept-by-lice"}"#),
                (
                    .POST, "change-password",
                    #"{"currentPassword":"kept-by-lice","newPassword":"wool-sky-7","revokeOtherSessions":true}"#
                ),
                // It is still signed in, and the other is not.
                (.GET, "get-session", ""),
            ] {
                let response = await call(method, path, body)
                #expect(response.status == .ok, "\(path): \(response.text)")
                answers.append(response)
            }
            for response in answers {
                #expect(response.headers["set-cookie"].isEmpty && !response.headers.contains(name: "set-auth-token"))
                #expect(!response.text.contains(secret.prefix(32)))
                #expect(response.text.matches(of: /"token":"[A-Za-z0-9]{32}"/).isEmpty)
            }
            #expect(answers[0].text.contains("alice@example.com"))
            #expect(answers[6].text.contains(#""token":null"#))
            let dead = await site.send(.GET, "/api/auth/get-session", ["authorization": "Bearer \(secret)"])
            #expect(dead.text == "null")

            #expect(await call(.POST, "sign-out", "{}").status == .ok)
            #expect(await call(.GET, "get-session").text == "null")
            #expect(await call(.GET, "token").status == .unauthorized)
        }
    }

    @Test func `a token without a session, or for other services, is not accepted as a bearer`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let ours: HTTPHeaders = ["authorization": "Bearer \(alice.token)"]
            let answer = await site.send(.GET, "/api/auth/token", ours)
            guard case .string(let forServices)? = try answer.jsonObject()["token"] else { return #expect(Bool(false)) }
            let shared = try AccessTokens(site.services.secrets).sign(
                AccessClaims(
                    userID: UserID(rawValue: alice.userID), email: "", issuedAt: site.clock.now.seconds,
                    expiresAt: site.clock.now.seconds + 600, sessionID: nil))
            for token in [forServices, shared, alice.token + "x", "a.b.c"] {
                let headers: HTTPHeaders = ["authorization": "Bearer \(token)"]
                #expect(await site.send(.GET, "/api/auth/get-session", headers).text == "null")
                #expect(await site.send(.GET, "/api/auth/list-sessions", headers).status == .unauthorized)
            }
        }
    }

    @Test func `Node's fetch may sign in, a page of another site may not`() async throws {
        try await TestSite.with { site in
            try await BetterAuthClient(site).signUp()
            let json = #"{"email":"ann@example.com","password":"password123"}"#
            // As undici of Node 20 sends them.
            let node: HTTPHeaders = [
                "content-type": "application/json", "accept": "*/*", "accept-language": "*", "sec-fetch-mode": "cors",
                "user-agent": "node", "accept-encoding": "gzip, deflate",
            ]
            for (more, expected): (HTTPHeaders, HTTPResponseStatus) in [
                ([:], .ok), (["sec-fetch-site": "cross-site"], .forbidden), (["sec-fetch-dest": "empty"], .forbidden),
                (["origin": "https://evil.example"], .forbidden), (["origin": "null"], .forbidden),
                (["cookie": "a=b"], .forbidden), (["referer": "https://evil.example/"], .forbidden),
            ] {
                var headers = node
                headers.add(contentsOf: more)
                let response = await site.send(.POST, "/api/auth/sign-in/email", headers, body: json)
                #expect(response.status == expected, "\(more)")
            }
        }
    }
}
