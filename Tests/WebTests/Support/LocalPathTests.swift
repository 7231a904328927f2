import Testing
import Web

@Suite struct LocalPathTests {
    @Test(arguments: ["/", "/dashboard", "/dashboard?show=open&before=018f-7", "/tasks/1", "/a%20b"])
    func `a local path is kept`(text: String) {
        #expect(LocalPath(text)?.text == text)
    }

    @Test(arguments: [
        "", "dashboard", "//evil.example", "/\\evil.example", "/\t/evil.example", "https:evil.example",
        "https://evil.example", "javascript:alert(1)", "/\r\nset-cookie: a=b", "/@evil.example", "/.evil.example",
        "/%2f/evil.example\u{301}", "/a\u{301}b", "/a//evil.example", "/a/../..//evil", "/a b", "/a#b", "/a\u{0}",
        "///evil.example", "/a\\b", " /a", "/é",
    ])
    func `a path that browsers may read differently is refused`(text: String) {
        #expect(LocalPath(text) == nil)
    }

    @Test func `a very long path is refused, and so is a missing one`() {
        #expect(LocalPath("/" + String(repeating: "a", count: 2000)) == nil)
        #expect(LocalPath(nil) == nil)
    }
}
