import Calendar
import Domain
import HTTPServer
import NIOHTTP1
import Testing

@testable import Web

@Suite struct AnswerCacheTests {
    private func response(_ text: String, status: HTTPResponseStatus = .ok) -> Response {
        Response(status: status, contentType: "text/plain", bytes: Array(text.utf8))
    }

    private func revision(_ sequence: Int64, _ epoch: String = "e") -> Revision {
        Revision(epoch: epoch, sequence: sequence)
    }

    @Test func `serves a response while the revision is the same`() {
        let cache = AnswerCache(size: 1 << 20)
        cache.insert(response("one"), tag: nil, for: .init("a"), at: revision(1))
        #expect(cache.entry(for: .init("a"), at: revision(1))?.response.text == "one")
        #expect(cache.entry(for: .init("a"), at: revision(2)) == nil)
        #expect(cache.entry(for: .init("a"), at: revision(1, "f")) == nil)
        cache.insert(response("two"), tag: nil, for: .init("a"), at: revision(2))
        #expect(cache.entry(for: .init("a"), at: revision(2))?.response.text == "two")
        #expect(cache.entry(for: .init("a"), at: revision(1)) == nil)
    }

    @Test func `serves a response that depends on the clock in its period only`() {
        let cache = AnswerCache(size: 1 << 20)
        let start = LocalDateTime(CalendarDate(dayNumber: 20_000), secondOfDay: 60)
        let period = start..<start.adding(seconds: 120)
        cache.insert(response("one"), tag: nil, for: .init("a"), at: revision(1), during: period)
        for (seconds, isServed) in [(0, true), (119, true), (120, false), (-1, false), (86_400, false)] {
            let entry = cache.entry(for: .init("a"), at: revision(1), start.adding(seconds: seconds))
            #expect((entry != nil) == isServed, "\(seconds)")
        }
        #expect(cache.entry(for: .init("a"), at: revision(2), start) == nil)
        #expect(cache.entry(for: .init("a"), at: revision(1)) == nil)
    }

    @Test func `caches nothing without room, and no errors`() {
        let (cache, none) = (AnswerCache(size: 1 << 20), AnswerCache(size: 0))
        none.insert(response("one"), tag: nil, for: .init("a"), at: revision(1))
        #expect(none.entry(for: .init("a"), at: revision(1)) == nil)
        cache.insert(response("one", status: .badRequest), tag: nil, for: .init("a"), at: revision(1))
        #expect(cache.entry(for: .init("a"), at: revision(1)) == nil)
    }

    @Test func `keys that are canonically equivalent, or equal when joined, are different`() {
        let cache = AnswerCache(size: 1 << 20)
        let keys = [
            AnswerCache.Key("\u{e9}"), .init("e\u{301}"), .init("a", "bc"), .init("ab", "c"), .init("abc"),
            .init("abc", ""),
        ]
        for (number, key) in keys.enumerated() {
            #expect(cache.entry(for: key, at: revision(1)) == nil)
            cache.insert(response("\(number)"), tag: nil, for: key, at: revision(1))
        }
        for (number, key) in keys.enumerated() {
            #expect(cache.entry(for: key, at: revision(1))?.response.text == "\(number)")
        }
    }

    @Test func `forgets the oldest when it is full, and keeps nothing that would fill it`() {
        let cache = AnswerCache(size: 64 << 10)
        var made = 0
        func ask(_ number: Int, size: Int = 2000) {
            guard cache.entry(for: .init("\(number)"), at: revision(1)) == nil else { return }
            made += 1
            cache.insert(
                response(String(repeating: "x", count: size)), tag: nil, for: .init("\(number)"), at: revision(1))
        }
        for number in 0..<100 { ask(number) }
        ask(99)
        #expect(made == 100)
        ask(0)
        #expect(made == 101, "the first was forgotten")
        for _ in 0..<2 { ask(1000, size: 40_000) }
        #expect(made == 103)
    }

    @Test func `a list that changes all the time does not evict those of others`() {
        let cache = AnswerCache(size: 64 << 10)
        cache.insert(response("quiet"), tag: nil, for: .init("quiet"), at: revision(1))
        for count in 0..<200 {
            #expect(cache.entry(for: .init("quiet"), at: revision(1))?.response.text == "quiet")
            cache.insert(
                response(String(repeating: "x", count: 3000)), tag: nil, for: .init("busy"), at: revision(Int64(count)))
        }
    }

    @Test func `an entity tag belongs to one account, one revision and one request`() throws {
        func tag(_ owner: String, _ revision: Revision, _ parts: String...) throws -> String {
            try TaskTag(UserID(rawValue: owner), revision, parts.first ?? "", parts.last ?? "").text
        }
        let tags = [
            try tag("a", revision(1), "list", "/api/tasks"), try tag("b", revision(1), "list", "/api/tasks"),
            try tag("a", revision(2), "list", "/api/tasks"), try tag("a", revision(1, "f"), "list", "/api/tasks"),
            try tag("a", revision(1), "list", "/api/tasks?limit=1"), try tag("a", revision(1), "task", "/api/tasks"),
            try tag("a", .initial, "list", "/api/tasks"), try tag("ae", revision(1, ""), "list", "/api/tasks"),
        ]
        #expect(Set(tags).count == tags.count)
        #expect(try tag("a", revision(1), "list", "/api/tasks") == tags[0])
    }
}
