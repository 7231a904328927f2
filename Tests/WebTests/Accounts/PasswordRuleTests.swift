import HTTPServer
import NIOHTTP1
import Testing

/// Common passwords, at every place that sets one.
@Suite struct PasswordRuleTests {
    private static let refused =
        "This password is one of the first that anybody would try. Choose another, such as a few words."
    private static let json: HTTPHeaders = ["content-type": "application/json", "origin": "http://tasks.test"]

    @Test(arguments: [("password123", true), ("rush2112", true), ("wool-sky-and-tea", false)])
    func `common passwords are refused in production`(password: String, isRefused: Bool) async throws {
        try await TestSite.with(hasStrictPasswords: true) { site in
            let response = await site.send(
                .POST, "/api/auth/signup", Self.json, body: #"{"email":"a@example.com","password":"\#(password)"}"#)
            #expect(response.status == (isRefused ? .unprocessableEntity : .created))
            #expect(response.detail == (isRefused ? Self.refused : ""))

            let better = await site.send(
                .POST, "/api/auth/sign-up/email", Self.json,
                body: #"{"name":"B","email":"b@example.com","password":"\#(password)"}"#)
            #expect(better.status == (isRefused ? .badRequest : .ok))
            #expect(better.text.contains(Self.refused) == isRefused)
            #expect(better.text.contains(#""code":"PASSWORD_TOO_COMMON""#) == isRefused)

            let browser = Browser(site)
            await browser.open("/signup")
            await browser.submit("/signup", ["email": "c@example.com", "password": password])
            #expect(browser.page.status == (isRefused ? .unprocessableEntity : .ok))
            #expect(browser.page.text.contains(#"id="password-error">"# + Self.refused) == isRefused)
        }
    }

    @Test func `in development the documented example is accepted, and the bare words are not`() async throws {
        try await TestSite.with { site in
            for (password, status) in [
                ("password123", HTTPResponseStatus.created), ("password", .unprocessableEntity),
                ("12345678", .unprocessableEntity), ("qwertyuiop", .unprocessableEntity),
            ] {
                let body = #"{"email":"test@example.com","password":"\#(password)"}"#
                #expect(
                    await site.send(.POST, "/api/auth/signup", Self.json, body: body).status == status, "\(password)")
            }
        }
    }

    @Test func `a changed password must meet the rule as well`() async throws {
        try await TestSite.with(hasStrictPasswords: true) { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            var headers = Self.json
            headers.add(name: "cookie", value: alice.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))
            for (new, sentence) in [
                ("iloveyou", Self.refused), ("NineInch", Self.refused),
                ("what-Alice-says", "The password may not contain your e-mail address or a part of it."),
                ("my-latchkey-one", "The password may not contain the name of this site."),
            ] {
                let body = #"{"currentPassword":"kept-by-lice","newPassword":"\#(new)"}"#
                let response = await site.send(.POST, "/api/auth/change-password", headers, body: body)
                #expect(response.status == .badRequest)
                #expect(response.text.contains(sentence))
            }
            let body = #"{"currentPassword":"kept-by-lice","newPassword":"wool-sky-and-tea"}"#
            #expect(await site.send(.POST, "/api/auth/change-password", headers, body: body).status == .ok)
        }
    }
}
