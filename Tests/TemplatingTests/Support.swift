import Templating

/// A page with a field of every kind.
struct SamplePage: Page {
    static let template = "page"

    var title = "Title"
    var value = "x"
    var other = "y"
    var error: String?
    var count = 3
    var isDone = true
    var isAdmin = false
    var owner = Person(name: "alice")
    var user: Person?
    var tasks: [Row] = []
    var names: [String] = []
    var notice = TrustedHTML(reviewed: "<b>hi</b>")

    static var fields: [TemplateField<Self>] {
        [
            .text("title") { $0.title }, .text("value") { $0.value }, .text("other") { $0.other },
            .optionalText("error") { $0.error }, .number("count") { $0.count }, .flag("isDone") { $0.isDone },
            .flag("isAdmin") { $0.isAdmin }, .model("owner", \.owner), .optionalModel("user") { $0.user },
            .list("tasks") { $0.tasks }, .strings("names") { $0.names }, .html("notice") { $0.notice },
        ]
    }
}

struct Person: TemplateModel {
    var name: String
    var friends: [Person] = []

    static var fields: [TemplateField<Self>] {
        [.text("name") { $0.name }, .list("friends") { $0.friends }]
    }
}

struct Row: TemplateModel {
    var title: String
    var isDone = false
    var tags: [String] = []
    var children: [Row] = []
    var assignee: Person?

    static var fields: [TemplateField<Self>] {
        [
            .text("title") { $0.title }, .flag("isDone") { $0.isDone }, .strings("tags") { $0.tags },
            .list("children") { $0.children }, .optionalModel("assignee") { $0.assignee },
        ]
    }
}

/// Renders `template` as the page, with `others` beside it.
func render(
    _ template: String, _ page: SamplePage = SamplePage(), others: [String: String] = [:]
) throws -> String {
    let sources = others.merging(["page": template]) { first, _ in first }
    let library = try TemplateLibrary(sources: sources, pages: [SamplePage.self])
    return String(decoding: try library.render(page), as: UTF8.self)
}

/// What is wrong with `template`; empty when nothing is.
func problems(in template: String, others: [String: String] = [:]) throws -> [TemplateError] {
    let sources = others.merging(["page": template]) { first, _ in first }
    do {
        _ = try TemplateLibrary(sources: sources, pages: [SamplePage.self])
        return []
    } catch let errors as TemplateErrors {
        return errors.errors
    }
}

/// `template` without the `¦` that marks a place, and that place as `line:column`.
func marked(_ template: String) -> (template: String, position: String) {
    var line = 1
    var column = 1
    for scalar in template.unicodeScalars {
        if scalar == "¦" { break }
        if scalar == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: template.unicodeScalars.filter { $0 != "¦" })
    return (String(text), "\(line):\(column)")
}

/// A generator with a fixed seed (SplitMix64), so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
