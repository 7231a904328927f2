import Templating
import TestSupport
import Testing

@Suite struct SyntaxTests {
    @Test(arguments: [
        ("a  {{- value -}}  b", "axb"), ("a\r\n\t {{- value }} b", "ax b"), ("a {{ value -}}\n\n b", "a xb"),
        ("a {%- if isDone -%} b {%- end -%} c", "abc"), ("a {#- note -#} b", "ab"), ("a {#-#} b", "a b"),
        ("a {# {{ nothing }} #} b", "a  b"), ("{{ value -}} {{- value }}", "xx"), ("{{-value-}}", "x"),
        ("a {#- x #} b", "a b"), ("a\u{A0}{{- value }}", "a\u{A0}x"),
    ])
    func `a dash trims the white space beside a tag`(template: String, printed: String) throws {
        #expect(try render(template) == printed)
    }

    @Test(arguments: [
        ("{{ \"{{\" }}", "{{"), ("{{ \"}}\" }}", "}}"),
        ("{{ \"{%\" }} {{ \"a \\\"b\\\" \\\\\" }}", "{% a &#34;b&#34; \\"),
        ("{ {a} }} %} #} {", "{ {a} }} %} #} {"), ("{{ \"<b>\" }}", "&lt;b&gt;"), ("{{ value }}}", "x}"),
    ])
    func `braces can be written`(template: String, printed: String) throws {
        #expect(try render(template) == printed)
    }

    @Test(arguments: [
        ("isDone", true), ("not isDone", false), ("isAdmin", false), ("isAdmin or isDone", true),
        ("isDone and not isAdmin", true), ("isDone and isAdmin or isDone", true),
        ("isAdmin and isDone or isAdmin", false),
        ("title", true), ("error", false), ("count", true), ("user", false), ("user.name", false), ("names", false),
        ("not tasks", true), ("notice", true), ("owner.friends", false), ("not user", true),
    ])
    func `conditions`(condition: String, holds: Bool) throws {
        let template = "{% if \(condition) %}yes{% else %}no{% end if %}"

        #expect(try render(template) == (holds ? "yes" : "no"))
    }

    @Test func `takes the first arm that holds`() throws {
        let template = "{% if isAdmin %}a{% else if user %}b{% else if isDone %}c{% else %}d{% end %}"

        #expect(try render(template) == "c")
        #expect(try render(template, SamplePage(isDone: false)) == "d")
        #expect(try render(template, SamplePage(user: Person(name: "bob"))) == "b")
    }

    @Test func `nested branches and loops print what their conditions say`() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<300 * fuzzFactor {
            let tree = RandomTree(depth: 3, &random)
            let library = try TemplateLibrary(sources: ["page": tree.template], pages: [SamplePage.self])
            for flags in 0..<8 {
                let page = SamplePage(
                    error: flags & 1 != 0 ? "e" : nil, isDone: flags & 2 != 0, isAdmin: flags & 4 != 0,
                    tasks: flags & 2 != 0 ? [Row(title: "x", isDone: flags & 1 != 0), Row(title: "y")] : [],
                    names: flags & 1 != 0 ? ["a", "b"] : [])
                #expect(
                    String(decoding: try library.render(page), as: UTF8.self) == tree.text(page), "\(tree.template)")
            }
        }
    }

    @Test func `prints nothing for missing values`() throws {
        #expect(
            try render("[{{ error }}{{ user.name }}{% for f in user.friends %}{{ f.name }}{% else %}-{% end %}]")
                == "[-]")
        let page = SamplePage(error: "bad", user: Person(name: "bob", friends: [Person(name: "carol")]))
        #expect(
            try render(
                "[{{ error }} {{ user.name }} {% for f in user.friends %}{{ f.name }}{% else %}-{% end %}]", page)
                == "[bad bob carol]")
    }

    @Test func `loops know their position and shadow outer ones`() throws {
        let page = SamplePage(tasks: [
            Row(title: "a", tags: ["1", "2"]), Row(title: "b"), Row(title: "c", tags: ["3"]),
        ])
        let template = """
            {% for row in tasks %}{% if not loop.first %}; {% end %}{{ loop.index }}{{ row.title }}
            {%- for tag in row.tags %} {{ loop.index }}:{{ tag }}@{{ row.title }}{% if loop.last %}!{% end %}{% else %} none
            {%- end for %}{% if loop.last %}.{% end %}{% else %}empty{% end %}
            """

        #expect(try render(template, page) == "1a 1:1@a 2:2@a!; 2b none; 3c 1:3@c!.")
        #expect(try render(template) == "empty")
    }

    @Test func `a model may contain itself`() throws {
        let leaf = Row(title: "leaf", assignee: Person(name: "bob"))
        let page = SamplePage(tasks: [Row(title: "root", children: [Row(title: "inner", children: [leaf])])])
        let template = """
            {% for a in tasks %}{% for b in a.children %}{% for c in b.children %}
            {{- a.title }}/{{ b.title }}/{{ c.title }}/{{ c.assignee.name }}{% end %}{% end %}{% end %}
            """

        #expect(try render(template, page) == "root/inner/leaf/bob")
    }

    @Test func `a partial sees only what it is given`() throws {
        let field = "<input name=\"{{ name }}\" value=\"{{ value }}\"{% if required %} required{% end %}>"
        let template = "{% include \"field\" with name=\"e<\" value=owner.name required=true %}"

        #expect(try render(template, others: ["field": field]) == "<input name=\"e&lt;\" value=\"alice\" required>")

        let found = try problems(in: "\n" + template, others: ["field": "{{ title }}"])
        #expect(found.count == 1)
        #expect(
            found.first?.description == """
                field.html:1:4: no `title` here; this partial is given `name`, `required`, `value` (included at page.html:2:1)
                    {{ title }}
                       ^
                """)
    }

    @Test func `partials take items, lists and models, and include others`() throws {
        let others = [
            "list": "{% for row in rows %}{% include \"row\" with row=row n=loop.index last=loop.last %}{% end %}",
            "row":
                "{{ n }}{{ row.title }}{% for t in row.tags %}{% include \"tag\" with tag=t %}{% end %}{% if last %}.{% end %}",
            "tag": "#{{ tag }}",
        ]
        let page = SamplePage(tasks: [Row(title: "a", tags: ["x", "y"]), Row(title: "b")])

        #expect(try render("{% include \"list\" with rows=tasks %}", page, others: others) == "1a#x#y2b.")
    }

    @Test func `layouts in several levels`() throws {
        let others = [
            "base": "<html>{% block head %}<b>base</b>{% end %}{% block body %}{% end %}{{ title }}</html>",
            "site":
                "{# a comment #}\n{% extends \"base\" %}\n{% block body %}<main>{% block content %}none{% end %}</main>{% end block %}",
        ]
        let page = "{% extends \"site\" %}\n{# c #}\n{% block content %}{{ value }}{% end %}\n"

        #expect(try render(page, others: others) == "<html><b>base</b><main>x</main>Title</html>")
        #expect(
            try render("{% extends \"site\" %}", others: others) == "<html><b>base</b><main>none</main>Title</html>")
        #expect(
            try render(
                "{% extends \"site\" %}{% block body %}{{ count }}{% end %}{% block head %}{% end %}", others: others)
                == "<html>3Title</html>")
    }

    @Test func `errors in a layout name the page`() throws {
        let found = try problems(in: "{% extends \"base\" %}", others: ["base": "{{ nope }}"])

        #expect(found.map(\.message) == ["no `nope` here (used by page.html)"])
    }

    @Test func `blocks and layouts do not fit into partials`() throws {
        let others = ["a": "{% block x %}{% end %}", "b": "{% extends \"c\" %}", "c": ""]
        let found = try problems(in: "{% include \"a\" %}{% include \"b\" %}", others: others)

        #expect(
            found.map(\.message).sorted() == [
                "`b` extends a layout, so it is a page and cannot be included",
                "a partial cannot have blocks; they belong to layouts (included at page.html:1:1)",
            ])
    }

    @Test func `circular includes are detected, wherever they start`() throws {
        let found = try problems(
            in: "",
            others: [
                "a": "{% include \"b\" %}", "b": "{% include \"a\" %}", "c": "{% extends \"d\" %}",
                "d": "{% extends \"c\" %}",
            ])

        #expect(
            found.map(\.message) == [
                "this includes itself: `a` → `b` → `a`", "these extend each other in a circle: `c` → `d` → `c`",
                "these extend each other in a circle: `d` → `c` → `d`",
            ])
    }

    @Test(arguments: [
        ("<input {% if isDone %}checked{% end %}>", "<input checked>", "<input >"),
        ("<input{% if isDone %} checked{% end %}>", "<input checked>", "<input>"),
        ("<p class=\"a{% if isDone %} b{% end %}\">", "<p class=\"a b\">", "<p class=\"a\">"),
        ("<p class={% if isDone %}\"a\"{% else %}'b'{% end %}>", "<p class=\"a\">", "<p class='b'>"),
        ("<p {% if isDone %}title=\"{{ value }}\"{% end %} id=\"i\">", "<p title=\"x\" id=\"i\">", "<p  id=\"i\">"),
        ("<br {% if isDone %}a {% else %}b{% end %}/>", "<br a />", "<br b/>"),
        ("<script>{% if isDone %}a(){% end %}</script>", "<script>a()</script>", "<script></script>"),
        ("<!-- {% if isDone %}a{% end %} -->", "<!-- a -->", "<!--  -->"),
        ("<a href=\"{% if isDone %}/a{% else %}/b{% end %}/{{ value }}\">", "<a href=\"/a/x\">", "<a href=\"/b/x\">"),
    ])
    func `conditions in the middle of tags`(template: String, whenDone: String, otherwise: String) throws {
        #expect(try render(template, SamplePage(isDone: true)) == whenDone)
        #expect(try render(template, SamplePage(isDone: false)) == otherwise)
    }

    @Test func `attributes in a loop`() throws {
        let page = SamplePage(names: ["a", "b"])

        #expect(
            try render("<p{% for n in names %} data-x=\"{{ n }}\"{% end %}>", page) == "<p data-x=\"a\" data-x=\"b\">")
        #expect(
            try render("<p {% for n in names %}data-x=\"{{ n }}\" {% end %}>", page) == "<p data-x=\"a\" data-x=\"b\" >"
        )
    }

    @Test func `consecutive pages may have different lengths`() throws {
        let library = try TemplateLibrary(sources: ["page": "<p>{{ value }}"], pages: [SamplePage.self])

        for length in [0, 5_000, 3, 70_000, 1] {
            let value = String(repeating: "x", count: length)
            #expect(try library.render(SamplePage(value: value)) == Array("<p>\(value)".utf8))
        }
    }
}

/// A random template, and what it prints.
private indirect enum RandomTree {
    case letter(String)
    case sequence([RandomTree])
    case branch([(condition: [[(name: String, isNegated: Bool)]], body: RandomTree)], otherwise: RandomTree?)
    case names(RandomTree, otherwise: RandomTree?)
    case tasks(RandomTree, otherwise: RandomTree?)

    init(depth: Int, _ random: inout SeededGenerator) {
        func inner() -> RandomTree { RandomTree(depth: depth - 1, &random) }
        func optional() -> RandomTree? { random.chance(50) ? inner() : nil }
        switch depth == 0 ? 0 : Int.random(in: 0...4, using: &random) {
        case 0: self = .letter(String("abcdef".randomElement(using: &random) ?? "a"))
        case 1: self = .sequence((0..<Int.random(in: 0...3, using: &random)).map { _ in inner() })
        case 2:
            let arms = (1...Int.random(in: 1...3, using: &random)).map { _ in
                let condition = (1...Int.random(in: 1...3, using: &random)).map { _ in
                    (1...Int.random(in: 1...3, using: &random)).map { _ in
                        (name: random.pick(["isDone", "isAdmin", "error", "title"]), isNegated: random.chance(40))
                    }
                }
                return (condition: condition, body: inner())
            }
            self = .branch(arms, otherwise: optional())
        case 3: self = .names(inner(), otherwise: optional())
        default: self = .tasks(inner(), otherwise: optional())
        }
    }

    var template: String {
        switch self {
        case .letter(let letter): letter
        case .sequence(let parts): parts.map(\.template).joined()
        case .branch(let arms, let otherwise):
            arms.enumerated().map { index, arm in
                let condition = arm.condition.map { terms in
                    terms.map { ($0.isNegated ? "not " : "") + $0.name }.joined(separator: " and ")
                }
                return "{% \(index == 0 ? "" : "else ")if \(condition.joined(separator: " or ")) %}\(arm.body.template)"
            }.joined() + (otherwise.map { "{% else %}" + $0.template } ?? "") + "{% end %}"
        case .names(let body, let otherwise):
            "{% for name in names %}{% if not loop.first %},{% end %}{{ name }}{% if name %}\(body.template){% end %}"
                + (otherwise.map { "{% else %}" + $0.template } ?? "") + "{% end %}"
        case .tasks(let body, let otherwise):
            "{% for task in tasks %}{{ task.title }}{% if task.isDone %}+{% end %}\(body.template)"
                + "{% if loop.last %}.{% end %}" + (otherwise.map { "{% else %}" + $0.template } ?? "") + "{% end %}"
        }
    }

    func text(_ page: SamplePage) -> String {
        switch self {
        case .letter(let letter): letter
        case .sequence(let parts): parts.map { $0.text(page) }.joined()
        case .branch(let arms, let otherwise):
            (arms.first { Self.holds($0.condition, page) }?.body ?? otherwise)?.text(page) ?? ""
        case .names(let body, let otherwise):
            page.names.isEmpty
                ? otherwise?.text(page) ?? "" : page.names.map { $0 + body.text(page) }.joined(separator: ",")
        case .tasks(let body, let otherwise):
            page.tasks.isEmpty
                ? otherwise?.text(page) ?? ""
                : page.tasks.map { $0.title + ($0.isDone ? "+" : "") + body.text(page) }.joined() + "."
        }
    }

    private static func holds(_ condition: [[(name: String, isNegated: Bool)]], _ page: SamplePage) -> Bool {
        condition.contains { terms in
            terms.allSatisfy { term in
                let value =
                    switch term.name {
                    case "isDone": page.isDone
                    case "isAdmin": page.isAdmin
                    case "error": page.error != nil
                    default: true
                    }
                return value != term.isNegated
            }
        }
    }
}
