import Basics
import Testing

@Suite struct StringCaseTests {
    @Test(arguments: [
        ("today", "Today"), ("Today", "Today"), ("", ""), ("élan", "élan"), ("1st", "1st"), ("a", "A"),
        ("e\u{301}lan", "E\u{301}lan"),
    ])
    func `a text begins with a capital`(text: String, expected: String) {
        #expect(Array(text.withInitialCapital.utf8) == Array(expected.utf8))
    }
}
