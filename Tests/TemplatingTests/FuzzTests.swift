import Templating
import TestSupport
import Testing

/// Random templates and random values: nothing crashes, and where a template compiles, no value changes its tags.
@Suite struct FuzzTests {
    private static let partial = ["part": "<i title='{{ a }}'>{{ a }}</i>", "attr": "{% if on %} hidden{% end %}"]

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `random templates never crash and values never become markup`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var compiled = 0
        for round in 0..<(6000 * fuzzFactor) {
            let template: String =
                switch round % 3 {
                case 0: Grammar.page(&random)
                case 1: Grammar.mutated(Grammar.page(&random), &random)
                default: Grammar.soup(&random)
                }
            if try check(template, &random) { compiled += 1 }
        }

        // Otherwise the test would prove nothing.
        #expect(compiled > 1500)
    }

    private func check(_ template: String, _ random: inout SeededGenerator) throws -> Bool {
        let sources = Self.partial.merging(["page": template]) { first, _ in first }
        let library: TemplateLibrary
        do {
            library = try TemplateLibrary(sources: sources, pages: [SamplePage.self])
        } catch let errors as TemplateErrors {
            let lines = template.utf8.count(where: { $0 == 10 }) + 1
            let isPlaced = errors.errors.allSatisfy { error in
                error.line >= 1 && error.column >= 1 && !error.message.isEmpty
                    && (error.file != "page.html" || error.line <= lines)
            }
            #expect(!errors.errors.isEmpty && isPlaced && !errors.description.isEmpty, "\(template)")
            return false
        }
        let isDone = random.chance(50)
        let count = Int.random(in: 0...2, using: &random)
        func page(_ text: (Int) -> String) -> SamplePage {
            let rows = (0..<count).map { Row(title: text(3 + $0), isDone: $0 == 0, tags: [text($0), text($0 + 1)]) }
            return SamplePage(
                title: text(0), value: text(1), other: text(2), error: text(3), count: count, isDone: isDone,
                isAdmin: !isDone, owner: Person(name: text(4)), user: isDone ? Person(name: text(5)) : nil, tasks: rows,
                names: (0..<count).map { text($0 + 6) }, notice: TrustedHTML(reviewed: "<b>hi</b>"))
        }
        let plain = TagReader.tags(of: try library.render(page { _ in "x" }))
        for _ in 0..<2 {
            let values = (0..<10).map { _ in Grammar.value(&random) }
            let document = try library.render(page { values[$0 % 10] })
            let attacked = TagReader.tags(of: document)
            guard attacked == plain else {
                Issue.record("\(template)\n\(values)\n\(String(decoding: document, as: UTF8.self))")
                return true
            }
            for (tag, safe) in zip(attacked, plain) {
                for (attribute, original) in zip(tag.attributes, safe.attributes)
                where Grammar.addresses.contains(attribute.name) && Grammar.isHarmful(attribute.value) {
                    #expect(Grammar.isHarmful(original.value), "\(template)\n\(attribute.value)")
                }
            }
        }
        return true
    }
}

/// Makes templates and values.
enum Grammar {
    static let addresses = ["href", "src", "action", "data-url", "formaction"]
    private static let paths = [
        "title", "value", "other", "error", "count", "owner.name", "user.name", "\"lit<\"", "notice", "nope", "isDone",
    ]
    private static let pieces = [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "{{-", "-%}", " if ", " for ", " in ", " end ", " else ", " include ",
        " extends ", " block ", " with ", "=", ".", "\"", "'", "\\", " title ", " tasks ", " value ", "\"part\"", "<",
        ">",
        "</", "<!--", "-->", "<script>", "</script>", "<title>", "</title>", "<a href=\"", "<p ", " onclick=", "\n",
        "\r\n",
        "\u{301}", "é", "👩‍👧", "\u{0}", "/", "javascript:", "&", "{% end %}", "{{ value }}", "{% if isDone %}", " ", "x",
    ]

    static func page(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in node(&random, depth: 0) }.joined()
    }

    static func soup(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 1...24, using: &random)).map { _ in random.pick(pieces) }.joined()
    }

    /// Scalars dropped, doubled or replaced.
    static func mutated(_ template: String, _ random: inout SeededGenerator) -> String {
        var scalars = Array(template.unicodeScalars)
        for _ in 0..<Int.random(in: 1...3, using: &random) where !scalars.isEmpty {
            let index = Int.random(in: 0..<scalars.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: scalars.remove(at: index)
            case 1: scalars.insert(scalars[index], at: index)
            default: scalars.insert(contentsOf: Array(random.pick(pieces).unicodeScalars), at: index)
            }
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    static func value(_ random: inout SeededGenerator) -> String {
        guard random.chance(40) else { return random.pick(Hostile.values) }
        let parts = [
            "\"", "'", "<", ">", "&", "`", "/", "\\", ":", "javascript", "\u{301}", "\r\n", "\t", "x", "=", " ", "%",
            "é",
        ]
        return (0..<Int.random(in: 0...6, using: &random)).map { _ in random.pick(parts) }.joined()
    }

    /// What a browser would run or take from another host.
    static func isHarmful(_ address: String) -> Bool {
        let kept = Array(address.utf8.drop { $0 <= 32 }).filter { ![9, 10, 13].contains($0) }
        let text = String(decoding: kept, as: UTF8.self).lowercased()
        return ["javascript:", "vbscript:", "data:", "//", "/\\", "\\"].contains { text.utf8.starts(with: $0.utf8) }
    }

    private static func node(_ random: inout SeededGenerator, depth: Int) -> String {
        func inner() -> String {
            depth > 3
                ? "t"
                : (0..<Int.random(in: 0...2, using: &random)).map { _ in node(&random, depth: depth + 1) }.joined()
        }
        switch Int.random(in: 0..<14, using: &random) {
        case 0: return "text & <b>bold</b> "
        case 1, 2: return "{{ \(random.pick(paths)) }}"
        case 3: return "{{- \(random.pick(paths)) -}}"
        case 4: return "<p\(attributes(&random))>\(inner())</p>"
        case 5: return "<a href=\(quoted(address(&random), &random))>\(inner())</a>"
        case 6:
            return
                "{% if \(random.pick(["isDone", "not isAdmin", "tasks", "isDone and names"])) %}\(inner()){% else %}\(inner()){% end %}"
        case 7:
            return
                "{% for row in tasks %}{{ row.title }}\(inner()){% for t in row.tags %}<u data-a=\"{{ t }}\">{% end %}{% end %}"
        case 8: return "{% for n in names %}{{ loop.index }}{{ n }}\(inner()){% else %}\(inner()){% end %}"
        case 9: return "<textarea>{{ value }}</textarea><title>{{ title }}</title>"
        case 10: return "{% include \"part\" with a=\(random.pick(["value", "title", "\"x\"", "owner.name"])) %}"
        case 11: return "<!-- c --><script>var a = '<b>'</script><style>b{}</style>{# note #}"
        case 12:
            return
                "<img \(random.pick(addresses))=\(quoted(address(&random), &random)){% include \"attr\" with on=isDone %}>"
        default:
            return
                "<input value=\(quoted("{{ value }}", &random)) {% if isDone %}checked{% end %}\(attributes(&random))>"
        }
    }

    private static func quoted(_ text: String, _ random: inout SeededGenerator) -> String {
        random.chance(50) ? "\"\(text)\"" : "'\(text)'"
    }

    private static func attributes(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...2, using: &random)).map { _ in
            random.pick([
                " class=\"a{% if isDone %} {{ value }}{% end %}\"", " title='{{ title }}{{ other }}'",
                "{% if isAdmin %} hidden{% end %}", "{% for n in names %} data-x=\"{{ n }}\"{% end %}", " id=a",
                " data-n=\"{{ count }}\"",
                " {% if isDone %}data-a=\"{{ error }}\"{% end %}", " onclick=\"go()\"", " style=\"{{ value }}\"",
            ])
        }.joined()
    }

    private static func address(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
            random.pick([
                "{{ value }}", "{{ title }}", "{{ other }}", "/", "/a/", "?q=", "#", "b", " ", "https://h.example/",
                "a&amp;b",
                "{% if isDone %}/{% else %}/x{% end %}", "{% for n in names %}/{{ n }}{% end %}",
            ])
        }.joined()
    }
}
