import HTTPServer
import JSON
import NIOHTTP1
import Testing

/// What the recordings do not show, found with the real JavaScript client.
@Suite struct BetterAuthTests {
    /// A client that keeps its cookies, as the JavaScript client's browser does.
    private final class Client {
        private let site: TestSite
        private(set) var cookies: [String: String] = [:]
        private(set) var lines: [String] = []

        init(_ site: TestSite) { self.site = site }

        func call(_ method: HTTPMethod, _ path: String, _ json: String = "{}") async -> Response {
            var headers: HTTPHeaders = ["origin": "http://tasks.test"]
            if method == .POST { headers.add(name: "content-type", value: "application/json") }
            if !cookies.isEmpty {
                let pairs = cookies.map { "\($0.key)=\($0.value)" }
                headers.add(name: "cookie", value: pairs.joined(separator: "; "))
            }
            let body = method == .POST ? json : ""
            let response = await site.send(method, "/api/auth/" + path, headers, body: body)
            lines = response.headers["set-cookie"]
            for line in lines {
                let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
                cookies[String(pair[0])] = pair.count == 2 ? String(pair[1]) : nil
            }
            return response
        }

        func signUp(_ more: String = "") async throws {
            let json = #"{"name":"Ann","email":"ann@example.com","password":"password123"\#(more)}"#
            try #require(await call(.POST, "sign-up/email", json).status == .ok)
        }
    }

    @Test func `a token that was never sent deletes no account`() async throws {
        try await TestSite.with { site in
            let ann = Client(site)
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

    @Test func `whoever is not to be remembered stays so after changing the password`() async throws {
        try await TestSite.with { site in
            let ann = Client(site)
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
            let (ann, other) = (Client(site), Client(site))
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
            // So does signing up, as somebody else.
            let second = try #require(ann.cookies["better-auth.session_token"])
            let ben = #"{"name":"Ben","email":"ben@example.com","password":"password123"}"#
            #expect(await ann.call(.POST, "sign-up/email", ben).status == .ok)
            #expect(await session(second) == "null")
            // Who is refused keeps what there was, and nobody else's session is touched.
            let wrong = #"{"email":"ann@example.com","password":"not the password"}"#
            #expect(await ann.call(.POST, "sign-in/email", wrong).status == .unauthorized)
            #expect(await ann.call(.GET, "get-session").text.contains("ben@example.com"))
            #expect(await other.call(.GET, "get-session").text != "null")
            let ends = try await site.auditRecords().filter { $0.event == "authn_token_revoked" }
            #expect(ends.map(\.details) == Array(repeating: #"{"reason":"signed in again"}"#, count: 2))
        }
    }

    @Test func `no cookie is to be kept beyond the end of its session`() async throws {
        try await TestSite.with { site in
            let ann = Client(site)
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
            let ann = Client(site)
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
            let (ann, other) = (Client(site), Client(site))
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
}
