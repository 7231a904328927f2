import Domain
import HTTPServer
import NIOHTTP1
import Testing

@testable import Web

@Suite struct AnswerCacheTests {
    private let version = TasksVersion(era: 1, count: 1)

    private func response(_ text: String, status: HTTPResponseStatus = .ok) -> Response {
        Response(status: status, contentType: "text/plain", bytes: Array(text.utf8))
    }

    @Test func `gives the same again while the version is the same`() async throws {
        let cache = AnswerCache(size: 1 << 20)
        for (version, text, expected) in [
            (version, "one", "one"), (version, "two", "one"), (TasksVersion(era: 1, count: 2), "three", "three"),
            (version, "four", "four"),
        ] {
            let answer = try await cache.answer(to: .init("a"), at: version) { response(text) }
            #expect(answer.text == expected)
        }
    }

    @Test func `keeps nothing without a version, without room, or that is no success`() async throws {
        let cache = AnswerCache(size: 1 << 20)
        let none = AnswerCache(size: 0)
        for text in ["one", "two"] {
            #expect(try await cache.answer(to: .init("a"), at: nil) { response(text) }.text == text)
            #expect(try await none.answer(to: .init("a"), at: version) { response(text) }.text == text)
            let failure = try await cache.answer(to: .init("b"), at: version) { response(text, status: .badRequest) }
            #expect(failure.text == text)
        }
    }

    @Test func `keys that Unicode holds for equal, or that only look joined alike, are different`() async throws {
        let cache = AnswerCache(size: 1 << 20)
        let keys = [
            AnswerCache.Key("\u{e9}"), .init("e\u{301}"), .init("a", "bc"), .init("ab", "c"), .init("abc"),
            .init("abc", ""),
        ]
        for (number, key) in keys.enumerated() {
            #expect(try await cache.answer(to: key, at: version) { response("\(number)") }.text == "\(number)")
        }
    }

    @Test func `forgets the oldest when it is full, and keeps nothing that would fill it`() async throws {
        let cache = AnswerCache(size: 64 << 10)
        var made = 0
        func ask(_ number: Int, size: Int = 2000) async throws {
            _ = try await cache.answer(to: .init("\(number)"), at: version) {
                made += 1
                return response(String(repeating: "x", count: size))
            }
        }
        for number in 0..<100 { try await ask(number) }
        try await ask(99)
        #expect(made == 100)
        try await ask(0)
        #expect(made == 101, "the first was forgotten")
        for _ in 0..<2 { try await ask(1000, size: 40_000) }
        #expect(made == 103)
    }

    @Test func `one list that changes all the time drives nobody else's out`() async throws {
        let cache = AnswerCache(size: 64 << 10)
        var made = 0
        for count in 0..<200 {
            _ = try await cache.answer(to: .init("quiet"), at: version) {
                made += 1
                return response("quiet")
            }
            _ = try await cache.answer(to: .init("busy"), at: TasksVersion(era: 2, count: UInt64(count))) {
                response(String(repeating: "x", count: 3000))
            }
        }
        #expect(made == 1)
    }

    @Test func `a list and a page show each change at once, and to each their own`() async throws {
        try await TestSite.with { site in
            let (alice, bob) = (try await site.signUp("alice"), try await site.signUp("bob"))
            for _ in 0..<2 { #expect(await alice.send(.GET, "/api/tasks").text == "[]") }
            let id = try await alice.addTask("Buy milk")
            for _ in 0..<2 {
                #expect(try await alice.send(.GET, "/api/tasks").jsonArray().count == 1)
                #expect(try await alice.send(.GET, "/api/tasks?completed=true").jsonArray().isEmpty)
                #expect(await bob.send(.GET, "/api/tasks").text == "[]")
                #expect(await bob.send(.GET, "/api/users/\(alice.userID)/tasks").status == .forbidden)
                #expect(await alice.send(.GET, "/api/tasks?limit=0").status == .unprocessableEntity)
            }
            for isDone in ["true", "false", "true"] {
                #expect(await alice.send(.PATCH, "/api/tasks/\(id)", json: #"{"completed":\#(isDone)}"#).status == .ok)
                for _ in 0..<2 {
                    #expect(await alice.send(.GET, "/api/tasks").text.contains(#""completed":\#(isDone)"#))
                }
            }
            #expect(await alice.send(.DELETE, "/api/tasks/\(id)").status == .noContent)
            for _ in 0..<2 { #expect(await alice.send(.GET, "/api/tasks").text == "[]") }
        }
    }

    @Test func `a page that was kept has this browser's form token and this name`() async throws {
        try await TestSite.with { site in
            let browser = Browser(site)
            try await browser.signUp("alice")
            await browser.submit("/tasks", ["title": "Buy milk"])
            await browser.open("/dashboard")
            let token = try #require(browser.formToken)
            await browser.open("/dashboard")
            #expect(browser.page.status == .ok)
            #expect(browser.formToken == token)

            let second = Browser(site)
            await second.open("/login")
            await second.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            await second.open("/dashboard")
            #expect(second.taskIDs == browser.taskIDs)
            #expect(second.formToken != nil && second.formToken != token)
            await second.submit("/tasks", ["title": "Buy bread"])
            await browser.open("/dashboard")
            #expect(browser.taskIDs.count == 2)
            #expect(browser.formToken == token)
        }
    }
}
