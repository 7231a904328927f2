import HTTPServer
import TestSupport
import Testing

@testable import Web

@Suite struct OperatorContactTests {
    @Test func `says whom to ask about a forgotten password`() async throws {
        for (contact, html) in [
            (nil, "Ask the operator of this server for a link"),
            (Contact("Help@Example.com"), #"Ask <a href="mailto:help@example.com">help@example.com</a> for a link"#),
            (Contact("https://example.com/help?a=b&c"), #"<a href="https://example.com/help?a=b&amp;c">"#),
        ] {
            try await TestSite.with(contact: contact) { site in
                let login = await site.send(.GET, "/login")
                #expect(login.text.contains(#"href="/forgot">Forgot it?</a>"#))
                let forgot = await site.send(.GET, "/forgot")
                #expect(forgot.text.contains(html))
                let missing = await site.send(.GET, "/no/such/page")
                #expect(missing.status == .notFound)
                #expect(missing.text.contains("You can reach the operator of this server at") == (contact != nil))
            }
        }
    }

    @Test func `the pages to sign in name the server, and who runs it`() async throws {
        for path in ["/login", "/signup", "/forgot"] {
            try await TestSite.with(contact: Contact("help@example.com")) { site in
                let text = await site.send(.GET, path).text
                #expect(text.contains("<span>tasks.test</span>"))
                #expect(
                    text.contains(
                        #"<span>run by <a href="mailto:help@example.com">help@example.com</a></span>"#))
                #expect(!text.contains("Contact the operator"))
            }
        }
        try await TestSite.with(origin: "https://tasks.test:8443") { site in
            let text = await site.send(.GET, "/login").text
            #expect(text.contains("<span>tasks.test:8443</span>"))
            #expect(!text.contains("run by"))
        }
    }

    @Test(arguments: [
        "", "x", "http://example.com", "javascript:alert(1)", "mailto:a@example.com", "a@localhost", "https://",
        "https://a:b@example.com/",
    ])
    func `a contact that reaches no one is refused`(text: String) {
        #expect(Contact(text) == nil)
    }
}
