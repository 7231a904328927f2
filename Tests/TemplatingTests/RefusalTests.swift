import Testing

/// Every way a template can be wrong. `¦` marks the place that has to be named.
@Suite struct RefusalTests {
    @Test(arguments: [
        ("<script>var a = {{ ¦value }}</script>", "cannot stand in `<script>`"),
        ("<SCRIPT src='a'>\n{{ ¦count }}</SCRIPT>", "cannot stand in `<script>`"),
        ("<style>a{b:{{ ¦value }}}</style>", "cannot stand in `<style>`"),
        ("<xmp>{{ ¦value }}</xmp>", "cannot stand in `<xmp>`"),
        ("<iframe>{{ ¦value }}</iframe>", "cannot stand in `<iframe>`"),
        ("<noscript>{{ ¦value }}</noscript>", "cannot stand in `<noscript>`"),
        ("<!-- {{ ¦value }} -->", "in a comment"),
        ("<!DOCTYPE {{ ¦value }}>", "cannot stand in `<!…>`"),
        ("<?x {{ ¦value }}>", "cannot stand in `<!…>`"),
        ("<{{ ¦value }}>", "name of a tag"),
        ("<p{{ ¦value }}>", "name of a tag"),
        ("<p></{{ ¦value }}>", "name of a tag"),
        ("<p {{ ¦value }}>", "name of an attribute"),
        ("<p data-{{ ¦value }}=''>", "name of an attribute"),
        ("<p title=\"a\"{{ ¦value }}>", "name of an attribute"),
        ("<p title={{ ¦value }}>", "needs quotes"),
        ("<p title=a{{ ¦value }}>", "needs quotes"),
        ("<p onclick=\"{{ ¦value }}\">", "`onclick` is a script"),
        ("<p ONCLICK='a({{ ¦count }})'>", "`onclick` is a script"),
        ("<p style=\"color:{{ ¦value }}\">", "`style` is a style sheet"),
        ("<iframe srcdoc=\"{{ ¦value }}\"></iframe>", "`srcdoc` is a document"),
        ("<img srcset=\"{{ ¦value }} 2x\">", "`srcset` is a list"),
        ("<link imagesrcset='{{ ¦value }}'>", "`imagesrcset` is a list"),
        ("<base href=\"{{ ¦value }}\">", "<base href>"),
        ("<meta content=\"0;url={{ ¦value }}\">", "<meta content>"),
        ("<svg><animate to=\"{{ ¦value }}\"/></svg>", "an animation"),
        ("<svg><set attributeName='{{ ¦value }}'/></svg>", "an animation"),
        ("<svg><animateTransform values='{{ ¦value }}'/></svg>", "an animation"),
        ("<svg><animateMotion by='{{ ¦value }}'/></svg>", "an animation"),
        ("<a href=\"javascript:{{ ¦value }}\">", "`javascript:` address"),
        ("<a href=\" Java\nScript:f('{{ ¦value }}')\">", "`javascript:` address"),
        ("<a href=\"data:{{ ¦value }}\">", "`data:` address"),
        ("<a href=\"&#106;avascript:{{ ¦value }}\">", "without `&`"),
        ("<a href=\"{{ value }}¦:alert(1)\">", "a `:` here"),
        ("<a href=\"{{ ¦\"javascript:x\" }}\">", "not an address"),
        ("<p title=\"{{ ¦notice }}\">", "`notice` is markup"),
        ("<title>{{ ¦notice }}</title>", "`notice` is markup"),
        ("<title></{{ ¦value }}></title>", "looks like an end tag"),
        ("<textarea></textarea{{ ¦value }}></textarea>", "looks like an end tag"),
    ])
    func `refuses values where nothing could make them safe`(template: String, message: String) throws {
        try expectProblem(template, message)
    }

    @Test(arguments: [
        ("{{ ¦titel }}", "no `titel` here; did you mean `title`?"),
        ("{{ ¦zzz }}", "no `zzz` here"),
        ("{{ owner.¦nam }}", "`owner` has no `nam`; did you mean `name`?"),
        ("{{ title.¦size }}", "`title` is a text and has no parts"),
        ("{{ ¦isDone }}", "`isDone` is a flag"),
        ("{{ ¦owner }}", "`owner` is a model"),
        ("{{ ¦tasks }}", "`tasks` is a list"),
        ("{{ ¦names }}", "`names` is a list of texts"),
        ("{% if ¦owner %}{% end %}", "`owner` is a model and always there"),
        ("{% if isDone and not ¦isDoen %}{% end %}", "did you mean `isDone`?"),
        ("{% for a in ¦title %}{% end %}", "`title` is a text; a loop needs a list"),
        ("{% for a in ¦task %}{{ a.b.c }}{% end %}", "no `task` here; did you mean `tasks`?"),
        ("{% for a in tasks %}{{ a.¦titl }}{% end %}", "`a` has no `titl`; did you mean `title`?"),
        ("{% for a in tasks %}{% end %}{{ ¦a.title }}", "no `a` here"),
        ("{% for a in tasks %}{{ loop.¦lst }}{% end %}", "no `lst`; did you mean `last`?"),
        ("{{ ¦loop.index }}", "`loop` exists only inside a `for`"),
        ("{% include ¦\"partials/feild\" %}", "there is no template `partials/feild`; did you mean `partials/field`?"),
        ("{% extends ¦\"layouts/none\" %}", "there is no template `layouts/none`"),
        ("{% extends ¦\"page\" %}", "these extend each other in a circle: `page` → `page`"),
        ("{% include ¦\"page\" %}", "this includes itself: `page` → `page`"),
        (
            "{% extends \"layouts/site\" %}\n\n¦{% block contnt %}{% end %}",
            "no block `contnt`; did you mean `content`?"
        ),
        ("{% extends \"layouts/site\" %}\n  ¦text", "only blocks may stand at the top"),
        ("{% extends \"layouts/site\" %}¦{% if isDone %}{% end %}", "only blocks may stand at the top"),
        ("a ¦{% extends \"layouts/site\" %}", "`extends` must be the first"),
        ("{% block a %}{% end %}¦{% block a %}{% end %}", "there is a block `a` already"),
        (
            "{% for a in tasks %}{% include \"partials/field\" with name=¦loop value=title %}{% end %}",
            "cannot be given"
        ),
        ("{% include \"partials/field\" with name=title ¦name=title %}", "`name` is given twice"),
    ])
    func `refuses names and kinds that do not fit`(template: String, message: String) throws {
        try expectProblem(template, message)
    }

    @Test(arguments: [
        ("¦{{ title", "this `{{` is never closed"),
        ("{{ title ¦<p>{{ title }}", "has no meaning here"),
        ("¦{% if isDone %}", "this `{% if %}` is never closed"),
        ("a\n {# b #} ¦{# c", "this comment is never closed"),
        ("{{ ¦\"abc }}", "this string is never closed"),
        ("{{ \"a¦\\n\" }}", "after `\\` a string may have"),
        ("{{ ¦'a' }}", "double quotes"),
        ("{{ title ¦%}", "closed by `}}`"),
        ("{% if isDone ¦}}{% end %}", "closed by `%}`"),
        ("{{ title.¦ }}", "a name is missing after the dot"),
        ("¦{{ }}", "a value is missing"),
        ("{{ title ¦title }}", "the tag should end here"),
        ("{{ ¦true }}", "a value is expected here"),
        ("{% ¦unless isDone %}", "there is no tag `unless`"),
        ("{% ¦inclde \"a\" %}", "there is no tag `inclde`; did you mean `include`?"),
        ("{% if isDone %}{% ¦endif %}{% end %}", "there is no tag `endif`; did you mean `end`?"),
        ("¦{% %}", "a tag begins with a word"),
        ("¦{% end %}", "there is nothing to end here"),
        ("{% if isDone %}\n{% end ¦for %}", "this ends the `{% if %}` of line 1"),
        ("¦{% else %}", "`else` belongs into"),
        ("{% if isDone %}{% else %}¦{% else %}{% end %}", "has had its `else`"),
        ("{% for a in tasks %}{% else %}¦{% else if isDone %}{% end %}", "has had its `else`"),
        ("¦{% for a tasks %}{% end %}", "a loop reads"),
        ("{% for ¦loop in tasks %}{% end %}", "`loop` has a meaning of its own"),
        ("¦{% if %}{% end %}", "a name to test is missing"),
        ("{% if isDone and ¦or isAdmin %}{% end %}", "a name to test is expected here"),
        ("{% include ¦title %}", "the partial's name in quotes is expected here"),
        ("{{ title ¦| upper }}", "`|` has no meaning here"),
        ("é👩‍👧 {{ ¦ü }}", "`ü` has no meaning here"),
        ("a¦\u{0}b", "NUL"),
    ])
    func `refuses what is not a template`(template: String, message: String) throws {
        try expectProblem(template, message)
    }

    @Test(arguments: [
        ("¦{% if isDone %}<p>{% else %}<p {% end %}>", "one in text, another inside the tag `<p>`"),
        ("¦{% if isDone %}<!--{% end %}-->", "one inside a comment, another in text"),
        ("<p title=¦{% if isDone %}\"a\"{% end %}>", "inside the tag `<p>`, another before the value of `title`"),
        ("<p title=\"¦{% if isDone %}\">{% end %}", "one in text, another inside the value of `title`"),
        ("<a href=\"¦{% if isDone %}/a{% end %}{{ value }}\">", "one after the start of an address"),
        ("¦{% for a in tasks %}<p title=\"{% end %}", "the loop must end where it begins: it begins in text"),
        ("<p ¦{% for a in tasks %}a=\"\"{% end %}>", "the loop must end where it begins"),
        ("<di{% if isDone %}¦v{% end %}>", "cannot be put together"),
        ("<p {% if isDone %}data{% else %}title{% end %}¦x=\"\">", "cannot be put together"),
        ("<p {% if isDone %}checked{% end %}¦=\"\">", "cannot be put together"),
        ("<p a=\"b\"¦c=\"d\">", "a space, `/` or `>` must follow"),
        ("a ¦<p", "the page ends inside the tag `<p>`"),
        ("a ¦<!-- b", "the page ends inside a comment"),
        ("<p>\n¦<script>", "the page ends inside `<script>`"),
        ("a¦<", "the page ends after a `<`"),
        ("<p ¦<b>", "is a `>` missing"),
        ("<p ¦=a>", "cannot be part of a name"),
        ("<p a=¦>", "value is missing"),
        ("<script><!-¦-</script>", "changes where the script ends"),
        ("<svg><![CDATA¦[x]]></svg>", "CDATA"),
        ("<title><¦b></title>", "is written `&lt;`"),
        ("<svg><style/¦></style></svg>", "is not closed by a slash"),
    ])
    func `refuses markup whose meaning is not certain`(template: String, message: String) throws {
        try expectProblem(template, message)
    }

    @Test func `refuses tags more than 64 deep and survives far more`() throws {
        func nested(_ count: Int) -> String {
            String(repeating: "{% if isDone %}", count: count) + String(repeating: "{% end %}", count: count)
        }
        #expect(try problems(in: nested(64)).isEmpty)
        #expect(try problems(in: nested(65)).map(\.message) == ["more than 64 tags stand in each other"])
        #expect(try problems(in: nested(200_000)).count == 1)
    }

    @Test func `counts depth through partials and layouts`() throws {
        var others: [String: String] = [:]
        for level in 1...80 { others["p\(level)"] = level == 80 ? "x" : "{% include \"p\(level + 1)\" %}" }
        #expect(
            try problems(in: "{% include \"p1\" %}", others: others).map(\.message).first?.hasPrefix("more than 64")
                == true)

        for level in 1...80 { others["p\(level)"] = level == 80 ? "x" : "{% extends \"p\(level + 1)\" %}" }
        #expect(
            try problems(in: "{% extends \"p1\" %}", others: others).contains {
                $0.message.hasPrefix("more than 64 layouts")
            })
    }

    @Test func `stops partials that multiply`() throws {
        var others: [String: String] = [:]
        for level in 1...12 {
            others["p\(level)"] = level == 12 ? "x" : String(repeating: "{% include \"p\(level + 1)\" %}", count: 10)
        }

        #expect(
            try problems(in: "{% include \"p1\" %}", others: others).map(\.message) == [
                "the page grows too big with what it includes"
            ])
    }

    private func expectProblem(_ template: String, _ message: String) throws {
        let (text, position) = marked(template)
        let others = [
            "partials/field": "{{ name }}{{ value }}",
            "layouts/site": "<main>{% block content %}{% end %}</main>",
        ]

        let found = try problems(in: text, others: others)

        #expect(
            found.contains {
                "\($0.file):\($0.line):\($0.column)" == "page.html:\(position)" && $0.message.contains(message)
            },
            "\(found.map(\.description).joined(separator: "\n"))")
    }
}
