import Templating
import Testing

/// Models within models: stored ones are read at their place in memory, others are copied.
@Suite struct PartsTests {
    private struct Inner: TemplateModel {
        var before = 7
        var text: String
        var isOn = true
        var items: [Inner] = []

        static var fields: [TemplateField<Self>] {
            [.text("text") { $0.text }, .flag("isOn") { $0.isOn }, .list("items") { $0.items }]
        }
    }

    private struct Middle: TemplateModel {
        var before = "a text that is stored before the parts"
        var stored: Inner
        var optional: Inner?
        var computed: Inner { Inner(text: stored.text + " computed", isOn: !stored.isOn, items: stored.items) }

        static var fields: [TemplateField<Self>] {
            [
                .model("stored", \.stored), .optionalModel("optional") { $0.optional },
                .model("computed", \.computed), .model("copied") { $0.stored },
            ]
        }
    }

    private struct Outer: Page {
        static let template = "page"
        var before = [1, 2, 3]
        var stored: Middle
        var optional: Middle?
        var computed: Middle { Middle(stored: Inner(text: "of computed")) }

        static var fields: [TemplateField<Self>] {
            [
                .model("stored", \.stored), .optionalModel("optional") { $0.optional },
                .model("computed", \.computed),
            ]
        }

        func part(_ name: String) -> Middle? {
            switch name {
            case "optional": optional
            case "computed": computed
            default: stored
            }
        }
    }

    /// All ways from the page to an inner model.
    @Test(arguments: ["stored", "optional", "computed"], ["stored", "optional", "computed", "copied"])
    func `each part is read where it is`(outer: String, inner: String) throws {
        let items = [Inner(text: "first"), Inner(text: "second", isOn: false)]
        let middle = Middle(
            stored: Inner(text: "deep & stored", items: items), optional: Inner(text: "deep & optional", items: items))
        let page = Outer(stored: middle, optional: middle)
        let source = try #require(page.part(outer))
        let expected = inner == "optional" ? source.optional : inner == "computed" ? source.computed : source.stored
        let path = "\(outer).\(inner)"
        let template =
            "{{ \(path).text }}|{% if \(path).isOn %}on{% else %}off{% end %}"
            + "{% for item in \(path).items %}|{{ item.text }}{% if item.isOn %}+{% end %}{% end %}"
        let library = try TemplateLibrary(sources: ["page": template], pages: [Outer.self])

        let printed = String(decoding: try library.render(page), as: UTF8.self)

        let text = (expected?.text ?? "").replacing("&", with: "&amp;")
        let list = (expected?.items ?? []).map { "|" + $0.text + ($0.isOn ? "+" : "") }.joined()
        #expect(printed == text + "|" + (expected?.isOn ?? false ? "on" : "off") + list)
    }
}
