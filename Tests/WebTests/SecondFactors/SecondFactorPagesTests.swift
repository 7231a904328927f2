import Auth
import Domain
import HTTPServer
import NIOHTTP1
import TestSupport
import Testing

@Suite struct SecondFactorPagesTests {
    private static let cookie = "better-auth.session_token"

    private func withAlice(hasMail: Bool = false, _ work: (TestSite, Browser) async throws -> Void) async throws {
        try await TestSite.with(hasMail: hasMail) { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            try #require(await alice.open("/account").status == .ok)
            try await work(site, alice)
        }
    }

    /// The app that scans the code on the page.
    private func scan(_ browser: Browser) throws -> Authenticator {
        let link = try #require(browser.page.text.firstMatch(of: /href="(otpauth:[^"]+)"/)?.1)
        return try #require(Authenticator(String(link).replacing("&amp;", with: "&")))
    }

    private func codes(_ browser: Browser) -> [String] {
        let shown = browser.page.text.firstMatch(of: /<pre class="secret"><code>([^<]*)<\/code>/)?.1 ?? ""
        return shown.matches(of: /[0-9a-z]{5}-[0-9a-z]{5}/).map { String($0.0) }
    }

    private func turnOn(_ alice: Browser, _ site: TestSite) async throws -> (app: Authenticator, codes: [String]) {
        await alice.submit("/account/second-factor", [:])
        try #require(alice.page.status == .ok)
        let app = try scan(alice)
        await alice.submit("/account/second-factor/activate", ["code": try app.code(at: site.clock.now)])
        try #require(alice.page.status == .ok)
        return (app, codes(alice))
    }

    private func signIn(_ site: TestSite, next: String = "", passing: Bool = false) async throws -> Browser {
        let browser = Browser(site)
        await browser.open("/login")
        var fields = [("email", "alice@example.com"), ("password", "kept-by-lice"), ("next", next)]
        if passing { fields.append(("passing", "yes")) }
        await browser.submit("/login", pairs: fields)
        try #require(browser.page.status == .ok && browser.page.text.contains("<h1>One more step</h1>"))
        return browser
    }

    private func send(_ code: String, _ browser: Browser, _ more: [(String, String)] = []) async throws {
        let ticket = try #require(browser.page.text.firstMatch(of: /name="ticket" value="([^"]+)"/)?.1)
        await browser.submit("/login/second-factor", pairs: [("ticket", String(ticket)), ("code", code)] + more)
    }

    @Test func `an app is set up, and a right code turns it on`() async throws {
        try await withAlice { site, alice in
            await alice.submit("/account/second-factor", [:])
            #expect(alice.page.status == .ok && alice.page.headers["cache-control"] == ["no-store"])
            let text = alice.page.text
            #expect(text.contains(#"autocomplete="one-time-code""#) && text.contains(#"role="img""#))
            // Version 6 and its margin; the dark modules are one path.
            #expect(text.contains(#"viewBox="0 0 49 49""#))
            #expect(text.firstMatch(of: /<path fill="#000" d="M4 4h7v1h-7z[Mhvz0-9 -]+"\/>/) != nil)
            #expect(text.firstMatch(of: /<code>([A-Z2-7]{4} ){7}[A-Z2-7]{4}<\/code>/) != nil)
            let app = try scan(alice)

            await alice.submit("/account/second-factor/activate", ["code": try app.wrongCode(at: site.clock.now)])
            #expect(alice.page.status == .unprocessableEntity && alice.page.text.contains("This code is wrong."))
            // The same secret is still shown.
            #expect(try scan(alice).code(at: site.clock.now) == app.code(at: site.clock.now))
            await alice.submit("/account/second-factor/activate", ["code": try app.code(at: site.clock.now)])
            #expect(alice.page.status == .ok && alice.page.text.contains("The second factor is on."))
            #expect(alice.page.headers["cache-control"] == ["no-store"] && codes(alice).count == 10)
            await alice.open("/account")
            #expect(alice.page.text.contains("Recovery codes left: 10.") && codes(alice).isEmpty)
            #expect(alice.page.text.contains("Second factor turned on"))
            #expect(!alice.page.text.contains("otpauth:"))
        }
    }

    @Test func `signing in asks for a code, and then leads on`() async throws {
        try await withAlice { site, alice in
            let (app, codes) = try await turnOn(alice, site)
            site.clock.advance(seconds: 30)
            let browser = try await signIn(site, next: "/account")
            #expect(browser.cookies[Self.cookie] == nil)
            #expect(browser.page.text.contains(#"name="next" value="/account""#))
            try await send("12345", browser, [("next", "/account")])
            #expect(browser.page.status == .unprocessableEntity && browser.page.text.contains("Type the six digits"))
            try await send(app.wrongCode(at: site.clock.now), browser, [("next", "/account")])
            #expect(browser.page.status == .unauthorized && browser.page.text.contains("This code is wrong"))
            #expect(browser.cookies[Self.cookie] == nil)
            try await send(app.code(at: site.clock.now), browser, [("next", "/account")])
            #expect(browser.page.status == .ok && browser.page.text.contains("<h1>Account</h1>"))
            #expect(browser.cookies[Self.cookie] != nil && browser.cookies["latchkey.device"] != nil)
            #expect(browser.page.text.contains("Wrong code of the second factor entered"))

            let other = try await signIn(site, passing: true)
            try await send(codes[0].uppercased(), other)
            #expect(other.page.status == .ok && other.cookies[Self.cookie] != nil)
            // A device that is not their own.
            #expect(other.cookies["latchkey.device"] == nil)
            await other.open("/account")
            #expect(other.page.text.contains("Recovery codes left: 9."))
            #expect(other.page.text.contains("Signed in with a recovery code"))
        }
    }

    @Test func `a device is trusted, until its owner asks on all devices again`() async throws {
        try await withAlice { site, alice in
            let (app, _) = try await turnOn(alice, site)
            site.clock.advance(seconds: 30)
            let browser = try await signIn(site)
            try await send(app.wrongCode(at: site.clock.now), browser, [("trust", "yes")])
            #expect(browser.page.text.contains(#"value="yes" checked>"#))
            try await send(app.code(at: site.clock.now), browser, [("trust", "yes")])
            #expect(browser.cookies[Self.cookie] != nil)
            browser.forget(Self.cookie)
            await browser.open("/login")
            await browser.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            #expect(browser.page.status == .ok && browser.cookies[Self.cookie] != nil)
            await browser.open("/account")
            #expect(browser.page.text.contains("Devices that are not asked for a code: 1."))
            await browser.submit("/account/second-factor/untrust", [:])
            #expect(browser.page.text.contains("Signing in needs a code again on all devices."))
            #expect(!browser.page.text.contains("Devices that are not asked"))
            #expect(browser.page.text.contains("Second factor required again on all devices"))
            browser.forget(Self.cookie)
            await browser.open("/login")
            await browser.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            #expect(browser.page.text.contains("<h1>One more step</h1>"))
        }
    }

    @Test func `after too many wrong codes, or too much time, the password is asked for again`() async throws {
        try await withAlice { site, alice in
            let (app, _) = try await turnOn(alice, site)
            let wrong = try app.wrongCode(at: site.clock.now)
            let browser = try await signIn(site)
            for _ in 0..<5 { try await send(wrong, browser) }
            #expect(browser.page.status == .unauthorized)
            try await send(app.code(at: site.clock.now), browser)
            #expect(browser.page.status == .forbidden && browser.page.text.contains("<h1>Sign in</h1>"))
            let late = try await signIn(site)
            site.clock.advance(seconds: 600)
            try await send(app.code(at: site.clock.now), late)
            #expect(late.page.status == .forbidden && late.page.text.contains("That took too long"))
            let last = try await signIn(site)
            for _ in 0..<5 { try await send(wrong, last) }
            let locked = try await signIn(site)
            try await send(app.code(at: site.clock.now), locked)
            #expect(locked.page.status == .tooManyRequests && locked.page.text.contains("Try again in 15 minutes."))
        }
    }

    @Test func `changes require the factor, and the password unless it was given recently`() async throws {
        try await withAlice { site, alice in
            let (app, codes) = try await turnOn(alice, site)
            for path in ["", "/recovery-codes", "/remove"] {
                site.clock.advance(seconds: 600)
                await alice.open("/account")
                #expect(alice.page.text.contains(#"id="factor_password""#))
                let code = try app.code(at: site.clock.now)
                await alice.submit("/account/second-factor\(path)", ["factor_code": code])
                #expect(alice.page.status == .forbidden && alice.page.text.contains("Enter your password."))
                await alice.submit(
                    "/account/second-factor\(path)", ["factor_code": code, "factor_password": "kept-by-mice"])
                #expect(alice.page.status == .forbidden && alice.page.text.contains("This is not your password."))
                await alice.submit(
                    "/account/second-factor\(path)",
                    [
                        "factor_code": try app.wrongCode(at: site.clock.now), "factor_password": "kept-by-lice",
                    ])
                #expect(alice.page.status == .forbidden && alice.page.text.contains("This code is wrong"))
                await alice.submit(
                    "/account/second-factor\(path)", ["factor_code": "", "factor_password": "kept-by-lice"])
                #expect(alice.page.status == .unprocessableEntity && alice.page.text.contains("Type the six digits"))
            }
            site.clock.advance(seconds: 30)
            await alice.submit(
                "/account/second-factor/recovery-codes",
                ["factor_code": try app.code(at: site.clock.now), "factor_password": "kept-by-lice"])
            #expect(alice.page.status == .ok)
            let new = self.codes(alice)
            #expect(new.count == 10 && Set(new).isDisjoint(with: codes))
            await alice.open("/account")
            await alice.submit(
                "/account/second-factor/remove", ["factor_code": new[0], "factor_password": "kept-by-lice"])
            #expect(alice.page.status == .ok && alice.page.text.contains("The second factor is turned off."))
            #expect(try await site.signIn("alice").userID.isEmpty == false)
        }
    }

    @Test func `a password reset neither signs in nor turns it off`() async throws {
        try await withAlice { site, alice in
            let (app, _) = try await turnOn(alice, site)
            let administration = site.services.administration(by: .server)
            let user = try #require(try await administration.user("alice@example.com"))
            let token = try await administration.makeResetToken(for: user).token
            let reader = Browser(site)
            await reader.open("/reset/\(token)")
            await reader.submit("/reset", ["token": token, "password": "kept-by-lice"])
            #expect(reader.cookies[Self.cookie] == nil)
            site.clock.advance(seconds: 30)
            let browser = try await signIn(site)
            try await send(app.code(at: site.clock.now), browser)
            #expect(browser.page.status == .ok && browser.cookies[Self.cookie] != nil)
        }
    }

    @Test func `without a mailer, recovery codes set a new password`() async throws {
        for hasMail in [false, true] {
            try await withAlice(hasMail: hasMail) { site, alice in
                let (app, codes) = try await turnOn(alice, site)
                site.clock.advance(seconds: 30)
                let browser = Browser(site)
                await browser.open("/forgot")
                #expect(browser.page.text.contains(#"href="/forgot/recovery-codes""#) == !hasMail)
                await browser.open("/forgot/recovery-codes")
                let fields: KeyValuePairs = [
                    "email": "alice@example.com", "first_code": codes[0], "second_code": codes[1],
                    "app_code": try app.code(at: site.clock.now), "password": "an entirely new one",
                ]
                await browser.submit(
                    "/forgot/recovery-codes", ["email": "x", "first_code": "<b>", "app_code": "12345"])
                #expect(browser.page.text.contains("&lt;b&gt;") == !hasMail)
                #expect(browser.page.text.contains("Type the six digits that the app shows.") == !hasMail)
                await browser.submit("/forgot/recovery-codes", fields)
                #expect(browser.page.text.contains("Your new password is set.") == !hasMail)
                #expect(browser.cookies[Self.cookie] == nil)
                guard !hasMail else { return }
                await browser.open("/forgot/recovery-codes")
                await browser.submit("/forgot/recovery-codes", fields)
                #expect(browser.page.status == .forbidden)
                #expect(browser.page.text.contains("The address or one of the codes is wrong"))
                #expect(await alice.open("/account").text.contains("<h1>Sign in</h1>"))
                await browser.open("/login")
                await browser.submit("/login", ["email": "alice@example.com", "password": "an entirely new one"])
                site.clock.advance(seconds: 30)
                try await send(app.code(at: site.clock.now), browser)
                await browser.open("/account")
                #expect(browser.page.text.contains("New password set with recovery codes"))
                #expect(browser.page.text.contains("Recovery codes left: 8."))
            }
        }
    }

    @Test func `recovering removes a second factor that was added, and keeps an earlier one`() async throws {
        for isOwners in [true, false] {
            try await withAlice(hasMail: true) { site, alice in
                if isOwners { _ = try await turnOn(alice, site) }
                site.clock.advance(seconds: 1)
                await alice.open("/account")
                if isOwners {
                    await alice.submit(
                        "/account/password",
                        ["current_password": "kept-by-lice", "new_password": "stolen-and-kept-9"])
                } else {
                    _ = try await turnOn(alice, site)
                }
                let mails = try await site.services.outbox.mail(in: [.waiting], limit: 9).map(\.mail)
                let act = isOwners ? "password-change" : "second-factor-on"
                let notice = try #require(mails.first { $0.details["act"] == act })
                let token = try #require(try await site.services.recoveries.secret(in: notice)).token
                try await site.services.recoveries.recover(
                    token: token, proving: .password(""), new: "kept-by-lice",
                    from: Client(ipAddress: "127.0.0.1", userAgent: "tests"))
                let user = try #require(
                    try await site.services.accountStore.user(EmailAddress(stored: "alice@example.com")))
                #expect(user.hasSecondFactor == isOwners)
                if isOwners { _ = try await signIn(site) } else { _ = try await site.signIn("alice") }
            }
        }
    }

    @Test func `a typed task survives the second factor`() async throws {
        try await withAlice { site, alice in
            let (app, _) = try await turnOn(alice, site)
            await alice.open("/dashboard")
            let token = alice.formToken
            let account = try #require(alice.page.text.firstMatch(of: /data-account="([^"]+)"/)?.1)
            alice.forget(Self.cookie)
            let refused = await alice.post(
                "/tasks", ["title": "Half a thought", "account": String(account)], token: token)
            #expect(refused.status == .unauthorized)
            let draft = try #require(refused.text.firstMatch(of: /name="draft" value="([^"]+)"/)?.1)
            await alice.open("/login")
            await alice.submit(
                "/login", ["email": "alice@example.com", "password": "kept-by-lice", "draft": String(draft)])
            #expect(alice.page.text.contains("<h1>One more step</h1>"))
            site.clock.advance(seconds: 30)
            let kept = try #require(alice.page.text.firstMatch(of: /name="draft" value="([^"]+)"/)?.1)
            try await send(app.code(at: site.clock.now), alice, [("draft", String(kept))])
            #expect(alice.page.status == .ok && alice.page.text.contains("Half a thought"))
        }
    }
}
