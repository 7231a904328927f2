import Domain
import Testing

@Suite struct TaskItemTests {
    @Test func `trims a title, by scalars`() throws {
        #expect(try TaskTitle("\r\n  Buy milk\u{a0}\t").text == "Buy milk")
        // A combining accent after the space is text, not space.
        #expect(try TaskTitle(" \u{301}x").text.unicodeScalars.count == 2)
    }

    @Test(arguments: ["", "   ", "\r\n\t", "\u{2003}"])
    func `asks for a title`(input: String) {
        #expect(throws: AppError.invalid([FieldIssue("title", "Enter a title.", .tooShort)])) { try TaskTitle(input) }
    }

    @Test func `counts a title in Unicode scalars, not in graphemes`() throws {
        #expect(try TaskTitle(String(repeating: "ü", count: 200)).text.utf8.count == 400)
        #expect(throws: AppError.self) { try TaskTitle(String(repeating: "x", count: 201)) }
        // One grapheme, 401 scalars.
        #expect(throws: AppError.self) { try TaskTitle("e" + String(repeating: "\u{301}", count: 400)) }
    }

    @Test func `refuses NUL and takes 10,000 characters of description`() throws {
        #expect(throws: AppError.self) { try TaskTitle("a\u{0}b") }
        #expect(throws: AppError.self) { try TaskText("a\u{0}b", field: "description") }
        #expect(try TaskText(String(repeating: "x", count: 10_000), field: "description").text.count == 10_000)
        #expect(throws: AppError.self) { try TaskText(String(repeating: "x", count: 10_001), field: "description") }
    }

    @Test func `keeps a list's limit within 1 and 100`() {
        #expect(TaskQuery(limit: 0).limit == 1)
        #expect(TaskQuery(limit: 1000).limit == 100)
        #expect(TaskQuery().limit == 50)
    }
}
