import Domain
import Testing

@Suite struct UsernameTests {
    @Test func `a username is optional, trimmed, and missing when blank`() throws {
        #expect(try Username.checked(nil) == nil)
        #expect(try Username.checked("  ") == nil)
        #expect(try Username.checked(" Zoë 🦊 ") == "Zoë 🦊")
    }

    @Test(arguments: [String(repeating: "x", count: 101), "a\u{0}b", "a\nb", "a\u{1b}[0m"])
    func `refuses long names and control characters`(input: String) {
        #expect(throws: AppError.self) { try Username.checked(input) }
    }

    @Test func `an identifier from outside is printable ASCII of a sensible length`() {
        #expect(UserID(untrusted: "550e8400-e29b-41d4-a716-446655440000") != nil)
        for text in ["", "a b", "a\u{0}", "é", String(repeating: "x", count: 129)] {
            #expect(UserID(untrusted: text) == nil)
        }
    }

    @Test func `a task's id from outside is a UUID`() {
        #expect(TaskID(untrusted: "01a1fbb0-93d2-775d-9f5d-81f8442f57c2")?.rawValue.utf8.count == 36)
        for text in [
            "", "nonsense", "01a1fbb0-93d2-775d-9f5d-81f8442f57c",
            "01a1fbb0-93d2-775d-9f5d-81f8442f57c2x", "01a1fbb0093d2-775d-9f5d-81f8442f57c2",
        ] {
            #expect(TaskID(untrusted: text) == nil)
        }
    }
}
