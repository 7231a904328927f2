import Templating
import Testing

@Suite struct PlainTextTests {
    private struct Note: Page {
        static let template = "note.text"
        let value: String
        let link: String
        static let fields: [TemplateField<Note>] = [.text("value") { $0.value }, .text("link") { $0.link }]
    }

    @Test func `values of a plain text are printed as they are, and nothing is markup`() throws {
        let library = try TemplateLibrary(
            sources: ["note.text": "<a href={{ link }}{% if value %}> <!-- {{ value }}{% end %} <script>{{ value }}"],
            pages: [Note.self])
        let text = String(
            decoding: try library.render(Note(value: "Tom & \"Ann\" <b>", link: "javascript:x")), as: UTF8.self)
        #expect(text == "<a href=javascript:x> <!-- Tom & \"Ann\" <b> <script>Tom & \"Ann\" <b>")
    }
}
