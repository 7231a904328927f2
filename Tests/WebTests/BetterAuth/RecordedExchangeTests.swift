import Domain
import FoundationEssentials
import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// Exchanges with the real Better Auth server 1.7.1, repeated here. The recordings lie beside the
/// repository, not in it: where they are not, the test says so in one line and has nothing to check.
@Suite struct RecordedExchangeTests {
    /// The exchanges that we answer differently on purpose.
    private static let differences: [String: String] = [
        "update-user name wrong type": "a name is a string here; the real server stores 5 as \"5.0\"",
        "well-known jwks at root": "published there as well, for services that look for it as seed 000 does",
        "sign-in node-fetch style: sec-fetch-mode cors, no origin, no cookie": "Node's fetch is no browser here",
        "OPTIONS preflight": "answered with Allow, as everywhere here",
        "outside base": "not Better Auth's to answer",
        "trailing slash": "forgiven on every route here", "HEAD get-session": "HEAD is answered wherever GET is",
        "send-verification-email logged-in": "no mailer", "send-verification-email mismatch": "no mailer",
        "send-verification-email anon": "no mailer", "send-verification-email already": "no mailer",
        "verify-email ok with callback": "no mailer", "verify-email again no callback": "no mailer",
        "change-email ok": "no mailer", "change-email verify link": "no mailer",
        "request-password-reset unknown": "no mailer", "request-password-reset ok": "no mailer",
        "reset-password callback ok": "no mailer", "reset-password ok": "no mailer",
        "get-session after email change": "the address was not changed, as there is no mailer",
        "get-session survives reset": "the address was not changed, as there is no mailer",
        "list-sessions two": "X-Forwarded-For counts only from proxies that are configured",
        "expired get-session": "the real server hands out a valid JWT for a dead session",
    ]

    @Test(arguments: ["core", "session-lifecycle", "bearer-forms"])
    func `is answered like by the real server`(file: String) async throws {
        let path = packageRoot + "/../shared/better-auth/\(file).json"
        guard let data = FileManager.default.contents(atPath: path) else {
            print("Better Auth: \(file).json is not here, so its exchanges were not replayed.")
            return
        }
        guard case .array(let exchanges) = try JSONReader.read(data) else { return #expect(Bool(false)) }
        try await TestSite.with(trustedOrigins: ["http://localhost:3000"], isDevelopment: true) { site in
            var replay = Replay(site: site)
            var (same, different) = (0, 0)
            for case .object(let exchange) in exchanges {
                let label = exchange.text("label")
                try await replay.prepare(label)
                let found = try await replay.run(exchange)
                if Self.differences[label] != nil {
                    different += 1
                } else {
                    #expect(found.isEmpty, "\(label): \(found.joined(separator: "; "))")
                    same += found.isEmpty ? 1 : 0
                }
            }
            print(
                "Better Auth: \(same) of \(exchanges.count) exchanges of \(file) alike, \(different) different on purpose"
            )
        }
    }
}

/// Repeats what was recorded, with our tokens and ids in place of the recorded ones.
private struct Replay {
    let site: TestSite
    /// The names in the recording, and our names for the same.
    private var names: [(recorded: String, ours: String)] = [("5.0", "Ann2")]

    init(site: TestSite) { self.site = site }

    /// The recordings of a session's life were made by changing its row.
    func prepare(_ label: String) async throws {
        let now = site.clock.now
        func expire(inDays days: Double) async throws {
            let time = now.adding(seconds: Int64(days * 86_400))
            try await site.database.write {
                _ = try $0.execute("UPDATE sessions SET expires_at = \(time.milliseconds)")
            }
        }
        switch label {
        case "not due (6.5d left)": try await expire(inDays: 6.5)
        case _ where label.hasPrefix("due "): try await expire(inDays: 5.9)
        case _ where label.contains("not fresh"):
            let time = now.adding(seconds: -90_000)
            try await site.database.write {
                _ = try $0.execute(
                    "UPDATE sessions SET created_at = \(time.milliseconds), proved_at = \(time.milliseconds)")
            }
        case _ where label.hasPrefix("expired "): try await expire(inDays: -0.1)
        default: return
        }
        let users = try await site.database.read { try $0.rows("SELECT id FROM users") { $0.text(0) } }
        for user in users { site.services.liveSessions.removeAll(of: UserID(rawValue: user)) }
    }

    /// - Returns: how our answer differs.
    mutating func run(_ exchange: JSONObject) async throws -> [String] {
        let (request, wanted) = (exchange.object("request"), exchange.object("response"))
        if exchange.text("label") == "delete-user" { try await learnUnknownSession(request) }
        var headers = HTTPHeaders()
        for (name, value) in request.object("headers").members {
            if case .string(let text) = value { headers.add(name: name, value: ours(text)) }
        }
        var body = ""
        switch request["body"] {
        case nil, .null?: break
        case .string(let text)?: body = ours(text)
        case let value?:
            var json = JSONWriter()
            json.value(value)
            body = ours(String(decoding: json.bytes, as: UTF8.self))
        }
        let answer = await site.send(
            HTTPMethod(rawValue: request.text("method")), ours(request.text("path")), headers, body: body,
            peerAddress: nil)
        return compare(answer, wanted)
    }

    // MARK: Names

    private func ours(_ text: String) -> String {
        var text = text
        for (recorded, ours) in names.sorted(by: { $0.recorded.utf8.count > $1.recorded.utf8.count }) {
            text = text.replacing(recorded, with: ours)
        }
        return text.replacing(/http:\/\/localhost:38\d\d\d/, with: "http://tasks.test")
    }

    private mutating func learn(_ recorded: String, _ ours: String) {
        if !names.contains(where: { $0.recorded == recorded }) { names.append((recorded, ours)) }
    }

    /// One recorded request uses a session whose beginning was not recorded.
    private mutating func learnUnknownSession(_ request: JSONObject) async throws {
        let cookie = request.object("headers").text("cookie")
        guard let match = cookie.firstMatch(of: /session_token=([A-Za-z0-9]{32})\.([^;]+%3D)/) else { return }
        let (token, value) = (String(match.1), "\(match.1).\(match.2)")
        guard !names.contains(where: { $0.recorded == token }) else { return }
        let response = await site.send(
            .POST, "/api/auth/sign-in/email", ["content-type": "application/json"],
            body: #"{"email":"ann@example.com","password":"password123"}"#)
        guard response.status == .ok, let line = response.headers["set-cookie"].first else { return }
        let ours = line.drop { $0 != "=" }.dropFirst().prefix { $0 != ";" }
        learn(value, String(ours))
        learn(token, String(ours.prefix(32)))
    }

    // MARK: Comparison

    private mutating func compare(_ answer: Response, _ wanted: JSONObject) -> [String] {
        var found: [String] = []
        if case .integer(let status)? = wanted["status"], Int(answer.status.code) != status {
            found.append("status \(answer.status.code), not \(status) (\(answer.text.prefix(120)))")
        }
        let headers = wanted.object("headers")
        compareCookies(answer, headers, &found)
        for name in ["content-type", "location", "cache-control", "pragma", "access-control-expose-headers"] {
            guard case .string(let text)? = headers[name] else { continue }
            let got = answer.headers.first(name: name) ?? "none"
            if !got.hasPrefix(ours(text)) { found.append("\(name): \(got), not \(ours(text))") }
        }
        for name in ["set-auth-token", "set-auth-jwt"] {
            let got = answer.headers.first(name: name)
            if (headers[name] != nil) != (got != nil) { found.append("\(name) is \(got ?? "missing")") }
            if name == "set-auth-token", case .string(let text)? = headers[name], let got { learn(text, got) }
        }
        let raw = wanted.text("rawBody")
        if raw == "(an HTML page)" { return found }
        if raw.isEmpty {
            if answer.body.readableBytes > 0 { found.append("a body: \(answer.text)") }
        } else if let body = wanted["body"], let got = try? JSONReader.read(answer.body.readableBytesView) {
            compare(got, body, "body", &found)
        } else {
            found.append("no JSON: \(answer.text)")
        }
        return found
    }

    private mutating func compareCookies(_ answer: Response, _ headers: JSONObject, _ found: inout [String]) {
        var wanted: [String] = []
        switch headers["set-cookie"] {
        case .string(let line)?: wanted = [line]
        case .array(let lines)?:
            wanted = lines.compactMap { if case .string(let line) = $0 { line } else { nil } }
        default: break
        }
        let got = answer.headers["set-cookie"]
        guard got.count == wanted.count else {
            return found.append("\(got.count) cookies, not \(wanted.count): \(got)")
        }
        for (ours, line) in zip(got, wanted) {
            func parts(_ line: String) -> (name: Substring, value: Substring, rest: Substring) {
                let value = line.drop { $0 != "=" }.dropFirst()
                return (line.prefix { $0 != "=" }, value.prefix { $0 != ";" }, value.drop { $0 != ";" })
            }
            let (mine, theirs) = (parts(ours), parts(line))
            if mine.name != theirs.name || mine.rest != theirs.rest || mine.value.isEmpty != theirs.value.isEmpty {
                found.append("cookie \(ours), not \(line)")
            }
            if !theirs.value.isEmpty { learn(String(theirs.value), String(mine.value)) }
        }
    }

    private mutating func compare(_ got: JSONValue, _ wanted: JSONValue, _ place: String, _ found: inout [String]) {
        switch (got, wanted) {
        case (.object(let mine), .object(let theirs)):
            // The recordings are of a server without the plugin for second factors.
            let names = mine.members.map(\.name).filter { $0 != "twoFactorEnabled" }
            if names != theirs.members.map(\.name) {
                found.append("\(place) has \(names), not \(theirs.members.map(\.name))")
            }
            for (name, value) in theirs.members {
                if let own = mine[name] { compare(own, value, "\(place).\(name)", &found) }
            }
        case (.array(let mine), .array(let theirs)):
            guard mine.count == theirs.count else { return found.append("\(place) has \(mine.count) elements") }
            for (index, pair) in zip(mine, theirs).enumerated() {
                compare(pair.0, pair.1, "\(place)[\(index)]", &found)
            }
        case (.string(let mine), .string(let theirs)):
            if theirs.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil {
                if mine.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) == nil {
                    found.append("\(place): \(mine)")
                }
            } else if theirs.hasPrefix("eyJ") {
                if mine.split(separator: ".").count != 3 { found.append("\(place): \(mine)") }
            } else if theirs.wholeMatch(of: /[A-Za-z0-9]{32}|[A-Za-z0-9_-]{43}/) != nil {
                learn(theirs, mine)
            } else if mine != ours(theirs) {
                found.append("\(place): \(mine), not \(ours(theirs))")
            }
        default:
            if got != wanted { found.append("\(place): \(got), not \(wanted)") }
        }
    }
}

extension JSONObject {
    fileprivate func text(_ name: String) -> String {
        if case .string(let text)? = self[name] { text } else { "" }
    }

    fileprivate func object(_ name: String) -> JSONObject {
        if case .object(let object)? = self[name] { object } else { JSONObject() }
    }
}
