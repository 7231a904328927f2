import Templating
import TestSupport
import Testing

@Suite struct EscapingTests {
    @Test func `escapes the five characters and NUL in text`() throws {
        let page = SamplePage(value: "a&b<c>d\"e'f`g\u{0}h")

        #expect(try render("<p>{{ value }}</p>", page) == "<p>a&amp;b&lt;c&gt;d&#34;e&#39;f`g\u{FFFD}h</p>")
    }

    @Test func `escapes a backtick as well in attributes`() throws {
        let page = SamplePage(value: "a&b<c>d\"e'f`g\u{0}h")
        let escaped = "a&amp;b&lt;c&gt;d&#34;e&#39;f&#96;g\u{FFFD}h"

        #expect(
            try render("<p title=\"{{ value }}\" data-a='{{ value }}'>", page)
                == "<p title=\"\(escaped)\" data-a='\(escaped)'>")
    }

    @Test func `escapes a quote followed by a combining accent`() throws {
        let page = SamplePage(value: "\"\u{301}'\u{301}<\u{301}>\u{200D}&\u{301}")
        let bytes = Array(try render("<p title=\"{{ value }}\">{{ value }}</p>", page).utf8)

        let escaped = "&#34;\u{301}&#39;\u{301}&lt;\u{301}&gt;\u{200D}&amp;\u{301}"
        #expect(bytes == Array("<p title=\"\(escaped)\">\(escaped)</p>".utf8))
    }

    @Test func `a text is escaped as its characters are, one by one`() throws {
        let library = try TemplateLibrary(
            sources: ["page": "<p title=\"{{ value }}\">{{ value }}"], pages: [SamplePage.self])
        /// The text as printed in an attribute, and elsewhere.
        func printed(_ text: String) throws -> [[UInt8]] {
            let page = try library.render(SamplePage(value: text)).dropFirst(10)
            let attribute = page.prefix { $0 != UInt8(ascii: "\"") }
            return [Array(attribute), Array(page.dropFirst(attribute.count + 2))]
        }
        var random = SeededGenerator(seed: 7)
        let scalars =
            (0..<128).map { Unicode.Scalar(UInt8($0)) }
            + ["\u{80}", "ü", "\u{A2}\u{301}", "漢", "\u{1F600}"].flatMap(\.unicodeScalars)
        let single = try scalars.map { try printed(String(Character($0))) }
        for length in 1...40 {
            for _ in 0..<20 * fuzzFactor {
                // Mostly harmless, so that all kinds of bytes come at every place.
                let chosen = (0..<length).map { _ in
                    random.chance(85)
                        ? Int.random(in: 97...122, using: &random) : scalars.indices.randomElement(using: &random) ?? 0
                }
                var text = String.UnicodeScalarView()
                text.append(contentsOf: chosen.map { scalars[$0] })
                let whole = try printed(String(text))
                #expect(whole[0] == chosen.flatMap { single[$0][0] }, "\(String(text).debugDescription)")
                #expect(whole[1] == chosen.flatMap { single[$0][1] }, "\(String(text).debugDescription)")
            }
        }
    }

    @Test func `keeps line ends and other scripts as they are`() throws {
        let text = "a\r\nb\u{2028}ü漢字👩‍👩‍👧"

        #expect(try Array(render("{{ value }}", SamplePage(value: text)).utf8) == Array(text.utf8))
    }

    @Test(arguments: ["title", "textarea", "TITLE", "TextArea"])
    func `escapes like text where only the end tag counts`(tag: String) throws {
        let page = SamplePage(value: "</\(tag)><b>")

        #expect(try render("<\(tag)>{{ value }}</\(tag)>", page) == "<\(tag)>&lt;/\(tag)&gt;&lt;b&gt;</\(tag)>")
    }

    @Test(arguments: Hostile.values)
    func `no hostile value makes a tag or an attribute`(value: String) throws {
        let template = """
            <!DOCTYPE html><title>{{ value }}</title><p class="a {{ value }}" data-x='{{ value }}'>{{ value }}</p>
            <a href="{{ value }}">{{ value }}</a><a href='/a/{{ value }}?b={{ value }}#{{ value }}'>b</a>
            <textarea name="t">{{ value }}</textarea><input value="{{ value }}" {% if isDone %}checked{% end %}>
            """
        let library = try TemplateLibrary(sources: ["page": template], pages: [SamplePage.self])

        let plain = TagReader.tags(of: try library.render(SamplePage(value: "x")))
        let attacked = TagReader.tags(of: try library.render(SamplePage(value: value)))

        #expect(plain.count == 11)
        #expect(attacked == plain)
    }

    @Test(arguments: [
        ("javascript:alert(1)", "#blocked"), ("JAVASCRIPT:alert(1)", "#blocked"), ("java\tscript:x", "#blocked"),
        ("java\r\nscript:x", "#blocked"), (" javascript:x", "#blocked"), ("\u{1}javascript:x", "#blocked"),
        ("javascript&#58;x", "#blocked"), ("javascript&colon;x", "#blocked"), ("data:text/html,x", "#blocked"),
        ("vbscript:x", "#blocked"), ("file:///etc/passwd", "#blocked"), ("//evil.example", "#blocked"),
        ("/\\evil.example", "#blocked"), ("\\\\evil.example", "#blocked"), ("a\\b", "#blocked"), ("\n/a", "#blocked"),
        ("http", "http"), ("/a/b?c=d&e='f'#g", "/a/b?c=d&amp;e=&#39;f&#39;#g"), ("", ""), ("?a=b:c", "?a=b:c"),
        ("#javascript:x", "#javascript:x"), ("a/b:c", "a/b:c"), ("https://a.example/ü", "https://a.example/%C3%BC"),
        ("HTTP://a.example", "HTTP://a.example"), ("mailto:a@b.example", "mailto:a@b.example"),
        ("otpauth://totp/A:b%40c?secret=AA&issuer=A", "otpauth://totp/A:b%40c?secret=AA&amp;issuer=A"),
        ("/a b\"c<d>`{}", "/a%20b%22c%3Cd%3E%60%7B%7D"), ("/%20%zz%4", "/%20%25zz%254"), (":x", "#blocked"),
    ])
    func `a whole address is kept, encoded or blocked`(value: String, printed: String) throws {
        let page = SamplePage(value: value)

        for name in ["href", "src", "action", "DATA-URL", "xlink:href", "my-uri"] {
            #expect(try render("<x \(name)=\" {{ value }}\">", page) == "<x \(name)=\" \(printed)\">")
        }
    }

    @Test func `a value behind a part of an address is one component`() throws {
        let page = SamplePage(value: "a/b?c&d=e f\"ü~-._:%41", other: "../x")
        let component = "a%2Fb%3Fc%26d%3De%20f%22%C3%BC~-._%3A%2541"

        #expect(try render("<a href=\"/x/{{ value }}\">", page) == "<a href=\"/x/\(component)\">")
        #expect(try render("<a href=\"{{ other }}{{ value }}\">", page) == "<a href=\"../x\(component)\">")
        #expect(try render("<a href='tel:{{ count }}'>", page) == "<a href='tel:3'>")
    }

    @Test func `an empty value or a lone slash never makes the address of another host`() throws {
        let page = SamplePage(value: "", other: "evil.example")
        #expect(try render("<a href=\"/{{ value }}/{{ other }}\">", page) == "<a href=\"/./evil.example\">")
        #expect(try render("<a href=\"/{{ value }}\">", page) == "<a href=\"/\">")

        #expect(try render("<a href=\"{{ value }}//{{ other }}\">", page) == "<a href=\"/./evil.example\">")
        #expect(try render("<a href='{{ value }}/{{ value }}/{{ other }}'>", page) == "<a href='/./evil.example'>")
        #expect(try render("<a href='/{{ value }}{{ value }}/{{ other }}'>", page) == "<a href='/./evil.example'>")

        let slash = SamplePage(value: "/", other: "evil.example")
        #expect(try render("<a href=\"{{ value }}/{{ other }}\">", slash) == "<a href=\"/./evil.example\">")
        #expect(try render("<a href='{{ value }}'>", slash) == "<a href='/'>")
        #expect(try render("<a href='{{ title }}/{{ other }}'>", slash) == "<a href='Title/evil.example'>")
    }

    @Test func `prints numbers and trusted markup`() throws {
        var page = SamplePage()
        page.notice = TrustedHTML(reviewed: "<em class=\"a\">&amp;</em>")
        for number in [0, 7, -12, .max, .min] {
            page.count = number
            #expect(try render("{{ count }}|{{ notice }}", page) == "\(number)|<em class=\"a\">&amp;</em>")
        }
    }
}
