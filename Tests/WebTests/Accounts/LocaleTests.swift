import Domain
import HTTPServer
import TestSupport
import Testing

@Suite struct LocaleTests {
    private let told: KeyValuePairs = ["time_zone": "America/New_York", "language": "en-US", "week_start": "sunday"]

    private func isKept(_ browser: Browser) async -> Bool {
        await browser.open("/account")
        let page = browser.page.text
        return page.contains(#"value="America/New_York""#) && page.contains(#"value="en-US""#)
            && page.contains(#"<option value="sunday" selected>"#)
    }

    @Test func `an account keeps the first zone, language and week that a browser tells`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            await alice.open("/signup")
            let fields = [("email", "alice@example.com"), ("username", "Alice"), ("password", "kept-by-lice")]
            await alice.submit("/signup", pairs: fields + told.map { ($0.key, $0.value) })
            #expect(await isKept(alice))
            await alice.open("/dashboard")
            await alice.submit("/logout", [:])
            await alice.open("/login")
            await alice.submit(
                "/login",
                [
                    "email": "alice@example.com", "password": "kept-by-lice", "time_zone": "Asia/Tokyo",
                    "language": "ja", "week_start": "monday",
                ])
            #expect(await isKept(alice))
        }
    }

    @Test func `an unknown weekday is refused, and ignored when a browser sends it`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            await alice.open("/signup")
            await alice.submit(
                "/signup",
                [
                    "email": "alice@example.com", "username": "Alice", "password": "kept-by-lice",
                    "time_zone": "America/New_York", "language": "en-US", "week_start": "funday",
                ])
            await alice.open("/account")
            #expect(alice.page.text.contains(#"<option value="monday" selected>"#))
            #expect(alice.page.text.contains(#"value="America/New_York""#))
            await alice.submit("/account/region", ["time_zone": "Asia/Tokyo", "week_start": "funday", "language": ""])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains("Choose a day of the week"))
            await alice.open("/account")
            #expect(alice.page.text.contains(#"value="America/New_York""#))
            #expect(!alice.page.text.contains("Asia/Tokyo"))
        }
    }

    @Test func `every form that leads to a session has fields for zone and language`() async throws {
        try await TestSite.with(hasMail: true, emailVerification: .required) { site in
            let alice = Browser(site)
            for path in ["/signup", "/login"] {
                await alice.open(path)
                for (name, _) in told {
                    #expect(alice.page.text.contains("<input type=\"hidden\" name=\"\(name)\" value=\"\">"), "\(path)")
                }
            }
            await alice.open("/signup")
            await alice.submit(
                "/signup", ["email": "alice@example.com", "username": "Alice", "password": "kept-by-lice"])
            #expect(alice.page.text.contains("Check your e-mail"))
            for (name, _) in told { #expect(alice.page.text.contains("name=\"\(name)\" value=\"\"")) }
        }
    }

    @Test func `the browser sends the time zone once, and the account page changes it`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            await alice.open("/signup")
            await alice.submit(
                "/signup",
                [
                    "email": "alice@example.com", "password": "a long password", "time_zone": "Europe/Berlin",
                    "language": "de-CH",
                ])
            #expect(alice.page.status == .ok)
            await alice.open("/account")
            #expect(alice.page.text.contains(#"name="time_zone" type="text" value="Europe/Berlin""#))
            #expect(alice.page.text.contains(#"name="language" type="text" value="de-CH""#))
            #expect(alice.page.text.contains(#"<option value="monday" selected>Monday</option>"#))

            await alice.submit(
                "/account/region", ["time_zone": " Asia/Tokyo ", "week_start": "sunday", "language": "ja"])
            #expect(alice.page.text.contains("Region saved."))
            #expect(alice.page.text.contains(#"value="Asia/Tokyo""#))
            #expect(alice.page.text.contains(#"<option value="sunday" selected>Sunday</option>"#))

            // A device in another zone signs in.
            let phone = Browser(site)
            await phone.open("/login")
            await phone.submit(
                "/login", ["email": "alice@example.com", "password": "a long password", "time_zone": "America/Lima"])
            await phone.open("/account")
            #expect(phone.page.text.contains(#"value="Asia/Tokyo""#))

            await alice.submit("/account/region", ["time_zone": "", "week_start": "", "language": ""])
            await alice.open("/account")
            #expect(alice.page.text.contains(#"name="time_zone" type="text" value="""#))
        }
    }

    @Test(arguments: [
        ("Mars/Phobos", "en", "Enter a time zone such as Europe/Berlin."),
        ("../../etc/passwd", "en", "Enter a time zone such as Europe/Berlin."),
        ("UTC", "e", "Enter a language tag such as en-GB."), ("UTC", "en_GB", "Enter a language tag such as en-GB."),
        ("UTC", "12", "Enter a language tag"),
        ("UTC", "en-" + String(repeating: "a", count: 40), "Enter a language tag"),
    ])
    func `a region that does not exist is explained`(zone: String, language: String, sentence: String) async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            await alice.submit("/account/region", ["time_zone": zone, "week_start": "friday", "language": language])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains(sentence))
            #expect(alice.page.text.contains(#"<option value="friday" selected>"#))
        }
    }

    @Test func `a sign-in does not fail for a zone that does not exist`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            await alice.open("/signup")
            await alice.submit(
                "/signup",
                ["email": "alice@example.com", "password": "a long password", "time_zone": "Nowhere", "language": "x"])
            #expect(alice.page.status == .ok && alice.page.text.contains("New task</label>"))
        }
    }
}
