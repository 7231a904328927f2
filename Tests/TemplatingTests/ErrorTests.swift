import Templating
import Testing

@Suite struct ErrorTests {
    struct OtherPage: Page {
        static let template = "pages/othr"
        static var fields: [TemplateField<Self>] { [] }
    }

    struct OddPage: Page {
        static let template = "page"
        static var fields: [TemplateField<Self>] {
            [.text("a") { _ in "" }, .number("a") { _ in 1 }, .text("a b") { _ in "" }, .text("not") { _ in "" }]
        }
    }

    @Test func `shows the line and a caret below the column`() throws {
        let found = try problems(in: "<h1>\r\n\té\u{301}👩‍👧 {{ titel }}\r\n</h1>")

        #expect(
            found.map(\.description) == [
                "page.html:2:11: no `titel` here; did you mean `title`?\n    \té\u{301}👩‍👧 {{ titel }}\n    \t         ^"
            ])
    }

    @Test func `shows a window of a long line and no control characters`() throws {
        let found = try problems(
            in: String(repeating: "é", count: 100_000) + "\u{1B}{{ zzz }}" + String(repeating: "b", count: 1000))
        let lines = found.first?.description.split(separator: "\n") ?? []

        #expect(found.first?.column == 100_005)
        #expect(lines.count == 3)
        #expect(lines.last?.unicodeScalars.count == 67)
        #expect(lines.dropFirst().first?.contains("\u{FFFD}{{ zzz }}b") == true)
    }

    @Test func `lists every problem in the order of files and lines`() throws {
        let sources = [
            "page": "{{ a1 }}\n{{ b1 }} <p onclick=\"{{ title }}\">\n{% include \"none\" %}",
            "broken": "{% if %}", "unused": "{{ 1 }}",
        ]
        let error = #expect(throws: TemplateErrors.self) {
            try TemplateLibrary(sources: sources, pages: [SamplePage.self, OtherPage.self])
        }

        #expect(
            error?.errors.map { "\($0.file):\($0.line):\($0.column)" } == [
                "broken.html:1:1", "broken.html:1:1", "page.html:1:4", "page.html:2:4", "page.html:2:25",
                "page.html:3:12",
                "pages/othr.html:1:1", "unused.html:1:4",
            ])
        #expect(error?.description.components("\n\n") == 8)
    }

    @Test func `refuses fields no template could use`() throws {
        let error = #expect(throws: TemplateErrors.self) {
            try TemplateLibrary(sources: ["page": ""], pages: [OddPage.self])
        }

        #expect(
            error?.errors.map(\.message) == [
                "`OddPage` declares `a` twice", "`OddPage` has a field `a b`, which is not a name a template can use",
                "`OddPage` has a field `not`, which is not a name a template can use",
            ])
    }

    @Test func `a page that was not registered cannot be rendered`() throws {
        let library = try TemplateLibrary(sources: ["page": ""], pages: [SamplePage.self])

        #expect(throws: UnregisteredPage.self) { try library.render(OtherPage()) }
    }

    @Test func `a missing page template names the page`() throws {
        let error = #expect(throws: TemplateErrors.self) {
            try TemplateLibrary(sources: ["pages/other": ""], pages: [OtherPage.self])
        }

        #expect(
            error?.errors.map(\.message)
                == ["there is no template `pages/othr` for `OtherPage`; did you mean `pages/other`?"])
    }
}

extension String {
    /// How many parts `separator` makes of it.
    fileprivate func components(_ separator: String) -> Int {
        split(separator: separator).count
    }
}
