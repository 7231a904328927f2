import HTTPServer
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import Web

/// RFC 3986, section 6.2.2.2: a path with escaped letters is the same path. Every registered route is asked in other
/// spellings of its path, which must change nothing.
@Suite struct SpellingTests {
    /// Escapes some characters, at least one, with digits of either case.
    private func spelling(of path: String, _ random: inout SplitMix) -> String {
        let bytes = Array(path.utf8)
        let must = bytes.indices.filter { bytes[$0] != UInt8(ascii: "/") }
        guard !must.isEmpty else { return path }
        let chosen = must[random.below(must.count)]
        var output = ""
        for (index, byte) in bytes.enumerated() {
            guard byte != UInt8(ascii: "/"), index == chosen || random.below(3) == 0 else {
                output.unicodeScalars.append(Unicode.Scalar(byte))
                continue
            }
            let digits = String(byte, radix: 16, uppercase: random.below(2) == 0)
            output += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
        }
        return output
    }

    private func path(_ route: Route, _ alice: APIClient) -> String {
        route.path.replacing("{user_id}", with: alice.userID)
            .replacing("{list_id}", with: "inbox").replacing("{provider}", with: "club")
            .replacing(#/\{\w+_id\}/#, with: "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3")
            .replacing("{token}", with: "q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6")
            .replacing("{digest}", with: String(repeating: "0a", count: 32))
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `every route is matched in every spelling, with all its attributes`(seed: UInt64) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            var random = SplitMix(state: seed)
            let router = site.site.router
            for route in router.routes {
                let plain = path(route, alice)
                for _ in 0..<(10 * fuzzFactor) {
                    let spelled =
                        spelling(of: plain, &random) + (random.below(2) == 0 || plain.hasSuffix("/") ? "" : "/")
                    let match = router.match(route.method, spelled)
                    #expect(match.route?.path.trimmingSlash == route.path.trimmingSlash, "\(spelled)")
                    #expect(match.attributes == route.attributes, "\(spelled)")
                    #expect(match.canonicalPath.trimmingSlash == plain.trimmingSlash, "\(spelled)")
                    let request = Request(method: route.method, uri: spelled, id: "1", route: match)
                    #expect(!request.loggedPath.contains("q1W2e3"), "\(spelled)")
                }
            }
        }
    }

    @Test func `every route gives the same answer and the same protection in every spelling`() async throws {
        try await TestSite.with(trustedOrigins: ["https://front.example"]) { site in
            let alice = try await site.signUp("alice")
            var random = SplitMix(state: 7)
            let visitor = ("cookie", "latchkey.visitor=" + String(repeating: "v", count: 32))
            let json = ("content-type", "application/json")
            let clients: [(name: String, headers: HTTPHeaders, method: HTTPMethod?)] = [
                ("a visitor", [visitor, json].headers, nil),
                (
                    "a form from elsewhere",
                    [
                        visitor, ("content-type", "application/x-www-form-urlencoded"),
                        ("origin", "https://evil.example"),
                    ].headers, nil
                ),
                (
                    "a browser on another site",
                    [
                        json, ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"),
                        ("sec-fetch-mode", "navigate"), ("cookie", visitor.1 + "; better-auth.session_token=x.y"),
                    ].headers, nil
                ),
                ("a trusted page", [visitor, json, ("origin", "https://front.example")].headers, nil),
                (
                    "a preflight",
                    [
                        ("origin", "https://front.example"), ("access-control-request-method", "POST"),
                        ("access-control-request-headers", "sentry-trace"),
                    ].headers, .OPTIONS
                ),
                ("another method", [visitor].headers, HTTPMethod(rawValue: "PURGE")),
                ("HEAD", [visitor].headers, .HEAD),
                ("alice, reading", [visitor, ("authorization", "Bearer \(alice.token)")].headers, .GET),
            ]
            for route in site.site.router.routes {
                let plain = path(route, alice)
                for client in clients {
                    let method = client.method ?? route.method
                    let body = method == .GET || method == .HEAD ? "" : "{}"
                    let wanted = await site.send(method, plain, client.headers, body: body)
                    for _ in 0..<2 {
                        let spelled = spelling(of: plain, &random)
                        let got = await site.send(method, spelled, client.headers, body: body)
                        let what = "\(client.name): \(method) \(spelled)"
                        #expect(got.status == wanted.status, "\(what)")
                        #expect(got.headers.lines == wanted.headers.lines, "\(what)")
                        #expect(got.text == wanted.text, "\(what)")
                    }
                }
            }
        }
    }

    @Test func `a cross-site request to Better Auth's sign-in is refused in every spelling of its path`() async throws {
        try await TestSite.with { site in
            _ = try await site.signUp("alice")
            for path in [
                "sign-in/email", "%73ign-in/email", "sign-in/emai%6C", "sign-in/email/", "%73%69gn-in/%65mail/",
            ] {
                let response = await site.send(
                    .POST, "/api/auth/" + path,
                    ["content-type": "application/json", "origin": "https://evil.example"],
                    body: #"{"email":"alice@example.com","password":"kept-by-lice"}"#)
                #expect(response.status == .forbidden, "\(path)")
                #expect(response.text.contains("INVALID_ORIGIN"))
                #expect(response.headers["set-cookie"].isEmpty)
            }
        }
    }
}

extension [(String, String)] {
    fileprivate var headers: HTTPHeaders { HTTPHeaders(self) }
}

extension HTTPHeaders {
    fileprivate var lines: [String] { map { "\($0.name): \($0.value)" } }
}

extension String {
    /// A registered route may end with a slash, and then it and its twin without are one.
    fileprivate var trimmingSlash: Substring { utf8.count > 1 && hasSuffix("/") ? dropLast() : self[...] }
}
