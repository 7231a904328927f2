import HTTPServer
import NIOHTTP1
import Testing

/// The order of a list, changed on its page.
@Suite struct DashboardOrderTests {
    @Test func `a task moves by a step, says where it is, and stops at the ends`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            for title in ["C", "B", "A"] { await alice.submit("/tasks", ["title": title, "here": "/dashboard"]) }
            let here = "/dashboard?list=inbox"
            await alice.open(here)
            let ids = alice.taskIDs
            #expect(ids.count == 3 && alice.page.text.contains("data-order"))
            func move(_ id: String, _ step: String) async -> [String] {
                await alice.submit("/tasks/\(id)/move", ["step": step, "here": here])
                return alice.taskIDs
            }
            #expect(await move(ids[0], "down") == [ids[1], ids[0], ids[2]])
            #expect(alice.page.text.contains("Moved to 2 of 3."))
            #expect(await move(ids[2], "up") == [ids[1], ids[2], ids[0]])
            #expect(await move(ids[1], "up") == [ids[1], ids[2], ids[0]])
            #expect(await move(ids[0], "down") == [ids[1], ids[2], ids[0]])
            #expect(await move(ids[2], "up") == [ids[2], ids[1], ids[0]])
            let undo = try #require(alice.page.text.firstMatch(of: /name="undo" value="([^"]+)"/)).1
            await alice.submit("/undo", ["undo": String(undo), "here": here])
            #expect(alice.taskIDs == [ids[1], ids[2], ids[0]])
        }
    }

    @Test func `tasks can be moved only in a list in its own order, and only by known steps`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            await alice.submit("/tasks", ["title": "A", "here": "/dashboard"])
            let id = try #require(alice.taskIDs.first)
            for here in ["/dashboard", "/dashboard?list=inbox&sort=due", "/dashboard?list=inbox&q=A"] {
                await alice.open(here)
                #expect(!alice.page.text.contains("data-order"))
                await alice.submit("/tasks/\(id)/move", ["step": "up", "here": here])
                #expect(alice.page.status == .badRequest)
            }
            await alice.open("/dashboard")
            for here in ["/dashboard?list=01a21f73-168d-715b-b15b-d4a354b55115", "/dashboard?list=inbox&cursor=x"] {
                await alice.submit("/tasks/\(id)/move", ["step": "up", "here": here])
                // At such an address there is nothing to move.
                #expect(alice.page.status == .ok)
                #expect(!alice.page.text.contains("Moved to"))
            }
            await alice.submit("/tasks/\(id)/move", ["step": "sideways", "here": "/dashboard?list=inbox"])
            #expect(alice.page.status == .badRequest)
        }
    }
}
