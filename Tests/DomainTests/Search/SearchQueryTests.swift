import Calendar
import Domain
import Testing

@Suite struct SearchQueryTests {
    @Test func `reads words, and filters among them`() throws {
        let query = SearchQuery(
            #"Milk #Errand list:"Home Improvements" due:today is:open has:description priority:high"#)
        #expect(query.words == ["milk"])
        #expect(query.tags == ["errand"])
        #expect(query.list == "Home Improvements")
        #expect(query.due == .today)
        #expect(query.isCompleted == false && query.hasDescription == true && query.priority == .high)
    }

    @Test(arguments: [
        (
            "due:2026-12-24",
            SearchQuery.Due.day(CalendarDate(year: 2026, month: 12, day: 24) ?? CalendarDate(dayNumber: 0))
        ),
        ("due:overdue", .overdue), ("DUE:Tomorrow", .tomorrow), ("due:none", SearchQuery.Due.none),
        ("is:overdue", .overdue),
    ])
    func `reads dates`(text: String, due: SearchQuery.Due) {
        #expect(SearchQuery(text).due == due)
        #expect(SearchQuery(text).words.isEmpty)
    }

    @Test(
        arguments: [
            (#""due:today""#, ["due", "today"]), ("due:2026-02-30", ["due", "2026", "02", "30"]),
            ("http://example.org/a?b=c", ["http", "example", "org", "a", "b", "c"]),
            ("re: invoice", ["re", "invoice"]),
            ("is:green", ["is", "green"]), ("#", []), (#"unclosed "quote milk"#, ["unclosed", "quote", "milk"]),
            ("AND OR NOT NEAR(a b) *", ["and", "or", "not", "near", "a", "b"]), (":", []),
            ("priority:urgent", ["priority", "urgent"]),
        ] as [(String, [String])])
    func `texts that are not filters are read as words`(text: String, words: [String]) {
        let query = SearchQuery(text)
        #expect(query.words == words)
        #expect(query.tags.isEmpty && query.list == nil && query.due == nil && query.priority == nil)
        #expect(query.isCompleted == nil && query.hasDescription == nil)
    }
}
