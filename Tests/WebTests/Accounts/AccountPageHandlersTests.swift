import Basics
import Domain
import HTTPServer
import NIOHTTP1
import TestSupport
import Testing

@testable import Web

@Suite struct AccountPageHandlersTests {
    private static let firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0"
    private static let safari =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"

    /// A browser in which a new user has signed up, with the account's page open.
    private func newcomer(_ site: TestSite, _ name: String = "alice", userAgent: String? = nil) async throws -> Browser
    {
        let browser = Browser(site)
        browser.userAgent = userAgent
        try await browser.signUp(name)
        try #require(await browser.open("/account").status == .ok)
        return browser
    }

    /// Another browser of the same user.
    private func another(_ site: TestSite, _ name: String = "alice", userAgent: String? = nil) async throws -> Browser {
        let browser = Browser(site)
        browser.userAgent = userAgent
        await browser.open("/login")
        await browser.submit("/login", ["email": "\(name)@example.com", "password": "kept-by-\(name.dropFirst())"])
        try #require(browser.cookies["better-auth.session_token"] != nil)
        await browser.open("/account")
        return browser
    }

    /// The ids of the sessions that can be ended, in order.
    private func sessions(_ browser: Browser) -> [String] {
        browser.page.text.matches(of: /action="\/account\/sessions\/([^"\/]*)\/end"/).map { String($0.1) }
    }

    @Test func `shows the user, and every page links to it`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site, userAgent: Self.firefox)
            let text = alice.page.text
            #expect(alice.page.headers["cache-control"] == ["no-store"])
            #expect(text.contains("<dd>alice@example.com</dd>"))
            #expect(text.contains(#"name="nickname" type="text" value="alice""#))
            #expect(text.contains("<h3>Firefox on Windows</h3>") && text.contains("<strong>This device</strong>"))
            #expect(sessions(alice).isEmpty && !text.contains("Sign out everywhere else"))
            #expect(text.contains("Account made"))
            #expect(await alice.open("/dashboard").text.contains(#"<p class="user-name" dir="auto">alice</p>"#))
        }
    }

    @Test func `requires a session`() async throws {
        try await TestSite.with { site in
            let visitor = await site.send(.GET, "/account")
            #expect(visitor.status == .seeOther)
            #expect(visitor.headers["location"] == ["/login?next=%2Faccount"])
            let password = await site.send(.GET, "/.well-known/change-password")
            #expect(password.status == .seeOther)
            #expect(password.headers["location"] == ["/account#change-password"])
        }
    }

    @Test(arguments: [
        "name", "password", "picture/remove", "appearance", "region", "sessions/end-others",
        "sessions/0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d4/end",
    ])
    func `a form needs its session's token and our origin, and GET changes nothing`(form: String) async throws {
        try await TestSite.with { site in
            let (alice, bob) = (try await newcomer(site), try await newcomer(site, "bob"))
            let token = alice.formToken
            for wrong in [nil, "", "x", bob.formToken] {
                #expect(await alice.post("/account/\(form)", [:], token: wrong).status == .forbidden)
            }
            alice.origin = "https://evil.example"
            #expect(await alice.post("/account/\(form)", [:], token: token).status == .forbidden)
            #expect(await alice.open("/account/\(form)").status == .methodNotAllowed)
        }
    }

    // MARK: You

    @Test func `a name is saved, and removed`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site)
            await alice.submit("/account/name", ["nickname": " Ada <b>Lovelace</b> "])
            #expect(alice.page.status == .ok && alice.page.text.contains("Name saved."))
            #expect(alice.page.text.contains(#"<p class="user-name" dir="auto">Ada &lt;b&gt;Lovelace&lt;/b&gt;</p>"#))
            let long = String(repeating: "ä", count: 101)
            await alice.submit("/account/name", ["nickname": long])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains(#"id="nickname-error">The username may have at most 100 characters."#))
            #expect(alice.page.text.contains(#"value="\#(long)""#))
            await alice.submit("/account/name", ["nickname": " "])
            #expect(alice.page.text.contains(#"<p class="user-name" dir="auto">alice@example.com</p>"#))
        }
    }

    @Test func `a picture is uploaded, shown and removed`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site)
            let png = try #require(
                Base64.decode(
                    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
                        .utf8))
            func upload(_ file: [UInt8], token: String?) async -> Response {
                await alice.upload("/account/picture", "picture", file: file, token: token)
            }
            #expect(await upload(png, token: nil).status == .forbidden)
            let token = alice.formToken
            let saved = await upload(png, token: token)
            #expect(saved.status == .seeOther && saved.headers["location"] == ["/account?notice=picture-saved"])
            await alice.open("/account")
            let path = try #require(alice.page.text.firstMatch(of: /src="(\/pictures\/[0-9a-f]{64})"/)?.1)
            #expect(Array(await site.send(.GET, String(path)).body.readableBytesView) == png)

            for (file, sentence) in [
                ([], "Choose a file first."), (Array("GIF89a".utf8), "The picture must be a PNG"),
                (png + [UInt8](repeating: 0, count: 256 * 1024), "The picture may have at most 256 KiB."),
            ] {
                let refused = await upload(file, token: token)
                #expect(refused.status == .unprocessableEntity)
                #expect(refused.text.contains(#"id="picture-error">\#(sentence)"#))
                #expect(refused.text.contains(path), "The picture from before stays.")
            }
            // Only that form may bring files.
            let elsewhere = await alice.upload("/account/name", "picture", file: png, token: token)
            #expect(elsewhere.status == .unsupportedMediaType)

            await alice.submit("/account/picture/remove", [:])
            #expect(alice.page.status == .ok && !alice.page.text.contains(path))
            #expect(await site.send(.GET, String(path)).status == .notFound)
        }
    }

    @Test func `a picture on another site is named, and not shown`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site)
            try await site.database.write { _ = try $0.execute("UPDATE users SET image = 'https://a.example/b.png'") }
            site.services.liveSessions.removeAll()
            await alice.open("/account")
            #expect(alice.page.text.contains("Your picture is at https://a.example/b.png and is not shown here."))
            #expect(!alice.page.text.contains(#"class="portrait""#))
            await alice.submit("/account/picture/remove", [:])
            #expect(!alice.page.text.contains("a.example"))
        }
    }

    @Test func `the colours are stored in the account, and used on the list`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site)
            #expect(await alice.open("/dashboard").text.contains(#"<html lang="en">"#))
            await alice.open("/account")
            for (value, html) in [
                ("dark", #"<html lang="en" data-appearance="dark">"#),
                ("light", #"<html lang="en" data-appearance="light">"#),
                ("\"><b>", #"<html lang="en">"#), ("dark", #"<html lang="en" data-appearance="dark">"#),
                ("system", #"<html lang="en">"#),
            ] {
                await alice.submit("/account/appearance", ["appearance": value])
                #expect(alice.page.status == .ok && alice.page.text.contains(html), "\(value)")
                #expect(await alice.open("/dashboard").text.contains(html), "\(value)")
                await alice.open("/account")
            }
        }
    }

    // MARK: Password

    @Test func `a changed password ends all other sessions`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site)
            let other = try await another(site)
            await alice.submit(
                "/account/password", ["current_password": "kept-by-mice", "new_password": "a long new one"])
            #expect(alice.page.status == .forbidden)
            #expect(alice.page.text.contains(#"id="current_password-error">This is not your current password."#))
            await alice.submit("/account/password", ["current_password": "kept-by-lice", "new_password": "short"])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains(#"id="new_password-error">The password must have at least 8 characters."#))
            #expect(!alice.page.text.contains("kept-by-") && !alice.page.text.contains("a long new one"))
            #expect(await other.open("/account").text.contains("<h1>Account</h1>"))

            await alice.submit(
                "/account/password", ["current_password": "kept-by-lice", "new_password": "a long new one"])
            #expect(alice.page.status == .ok)
            #expect(
                alice.page.text.contains(
                    "Password changed. All other devices are signed out, and all API tokens revoked."))
            #expect(await other.open("/account").text.contains("<h1>Sign in</h1>"))
            for (password, status) in [
                ("kept-by-lice", HTTPResponseStatus.unauthorized), ("a long new one", .seeOther),
            ] {
                let browser = Browser(site)
                await browser.open("/login")
                let response = await browser.post(
                    "/login", ["email": "alice@example.com", "password": password], token: browser.formToken)
                #expect(response.status == status)
            }
            let events = try await site.auditRecords().map(\.event)
            #expect(events.contains("authn_password_change") && events.contains("authn_password_change_fail"))
        }
    }

    // MARK: Devices

    @Test func `devices are named, grouped and ended one by one`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site, userAgent: Self.firefox)
            site.clock.advance(seconds: 60)
            let phone = try await another(site, userAgent: Self.safari)
            site.clock.advance(seconds: 60)
            let second = try await another(site, userAgent: Self.firefox)
            await alice.open("/account")
            let names = alice.page.text.matches(of: /<h3>([^<]*)<\/h3>/).map { String($0.1) }
            #expect(names == ["Firefox on Windows", "Safari on iPhone"])
            let ids = sessions(alice)
            #expect(ids.count == 2)
            #expect(alice.page.text.contains("from 127.0.0.1"))
            #expect(alice.page.text.ranges(of: "This device").count == 1)

            await alice.submit("/account/sessions/\(ids[0])/end", [:])
            #expect(alice.page.status == .ok && alice.page.text.contains("That device is signed out."))
            #expect(await second.open("/account").text.contains("<h1>Sign in</h1>"))
            #expect(await phone.open("/account").text.contains("<h1>Account</h1>"))
            await alice.submit("/account/sessions/\(ids[0])/end", [:])
            #expect(alice.page.text.contains("That session has ended already."))
        }
    }

    @Test func `another user's session is answered like one that does not exist`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site)
            let bob = try await newcomer(site, "bob")
            let found = try await site.database.read { connection in
                try connection.row(
                    "SELECT sessions.id FROM sessions JOIN users ON users.id = user_id WHERE username = 'bob'"
                ) { $0.text(0) }
            }
            let bobs = try #require(found)
            var answers: [String] = []
            for id in [bobs, bobs.uppercased(), "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d4", "x", "'%20OR%201=1"] {
                let response = await alice.post("/account/sessions/\(id)/end", [:], token: alice.formToken)
                answers.append("\(response.status) \(response.headers["location"])")
            }
            #expect(Set(answers).count == 1 && answers[0].contains("notice=session-gone"))
            #expect(await bob.open("/account").text.contains("<h1>Account</h1>"))
            let ends = try await site.auditRecords().filter { $0.event == "authn_token_revoked" }
            #expect(ends.isEmpty)
        }
    }

    @Test func `all other sessions are ended at once, and this one too on request`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site)
            let others = [try await another(site), try await another(site)]
            await alice.open("/account")
            await alice.submit("/account/sessions/end-others", [:])
            #expect(alice.page.text.contains("All other devices are signed out.") && sessions(alice).isEmpty)
            for other in others { #expect(await other.open("/account").text.contains("<h1>Sign in</h1>")) }

            let left = try await site.database.read { try $0.row("SELECT id FROM sessions") { $0.text(0) } }
            let own = try #require(left)
            let response = await alice.post("/account/sessions/\(own)/end", [:], token: alice.formToken)
            #expect(response.headers["location"] == ["/login?notice=signed-out"])
            #expect(alice.cookies["better-auth.session_token"] == nil)
        }
    }

    @Test func `the last use is shown to the hour`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site)
            func seen() async throws -> Int64? {
                try await site.database.read { try $0.row("SELECT seen_at FROM sessions") { $0.integer(0) } }
            }
            let began = site.clock.now.milliseconds
            #expect(try await seen() == began)
            site.clock.advance(seconds: 3599)
            site.services.liveSessions.removeAll()
            await alice.open("/dashboard")
            #expect(try await seen() == began)
            site.clock.advance(seconds: 1)
            site.services.liveSessions.removeAll()
            await alice.open("/dashboard")
            #expect(try await seen() == began + 3_600_000)
        }
    }

    // MARK: Activity

    @Test func `the activity has the user's own newest twenty events, in words`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site, userAgent: Self.firefox)
            _ = try await newcomer(site, "bob", userAgent: Self.safari)
            let program = Browser(site)
            program.userAgent = "curl/8.5.0"
            await program.open("/login")
            await program.submit("/login", ["email": "alice@example.com", "password": "kept-by-mice"])
            await alice.open("/account")
            let text = alice.page.text
            #expect(text.contains("<strong>Wrong password entered</strong>") && text.contains("curl, 127.0.0.1"))
            #expect(text.contains("Account made") && text.contains("Firefox on Windows, 127.0.0.1"))
            #expect(!text.contains("Safari on iPhone"))
            let records = try await site.auditRecords()
            let user = try #require(records.first?.userID)
            for number in 0..<25 {
                site.clock.advance(seconds: 1)
                try await site.services.audit.record(
                    AuditEvent(
                        .signedOut, at: site.clock.now, by: .init(actor: .user, ipAddress: "192.0.2.\(number)"),
                        user: user))
            }
            await alice.open("/account")
            let shown = alice.page.text.matches(of: /192\.0\.2\.(\d+)/).map { Int($0.1) }
            #expect(shown == (5..<25).reversed().map { $0 })
        }
    }

    @Test(arguments: AuditEvent.Kind.allCases)
    func `no event is described by an identifier`(kind: AuditEvent.Kind) {
        let record = AuditRecord(
            number: 1, at: Timestamp(milliseconds: 0), event: kind.rawValue, outcome: "success",
            actor: "command line: root", userID: nil, addressDigest: nil, sessionID: nil, ipAddress: "", userAgent: "",
            requestID: nil, request: nil, details: #"{"sessions_ended":"3"}"#, code: "")
        guard let activity = Activity(record, in: .unknown) else { return }
        #expect(!activity.text.contains("_") && activity.origin == "by the server’s operator")
    }

    @Test func `times are in the account's time zone, or in UTC without one`() async throws {
        try await TestSite.with { site in
            // 23:45:39 UTC on 26 November 2026.
            site.clock.advance(milliseconds: 1_795_736_739_000 - site.clock.now.milliseconds)
            let alice = try await newcomer(site)
            for (zone, text) in [
                ("", "26 Nov 2026, 23:45 UTC"), ("UTC", "26 Nov 2026, 23:45"), ("Asia/Kolkata", "27 Nov 2026, 05:15"),
                ("America/Lima", "26 Nov 2026, 18:45"),
            ] {
                await alice.submit("/account/region", ["time_zone": zone, "week_start": "", "language": ""])
                await alice.open("/account")
                #expect(alice.page.status == .ok)
                let times = alice.page.text.matches(of: /<time datetime="2026-11-26T23:45:39.000Z">([^<]*)</)
                #expect(times.count >= 2 && times.allSatisfy { $0.1 == text }, "\(zone): \(times.map(\.1))")
            }
        }
    }
}
