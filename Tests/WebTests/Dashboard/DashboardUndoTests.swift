import HTTPServer
import NIOHTTP1
import Testing

/// Undo, stale forms, and the parts of a page that its script asks for.
@Suite struct DashboardUndoTests {
    private func withAlice(_ work: (Browser, String) async throws -> Void) async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            await alice.submit("/tasks", ["title": "Water", "here": "/dashboard"])
            try await work(alice, try #require(alice.taskIDs.first))
        }
    }

    private func undo(_ browser: Browser) throws -> String {
        String(try #require(browser.page.text.firstMatch(of: /name="undo" value="([^"]+)"/)).1)
    }

    @Test func `every action can be undone, and the undoing too`() async throws {
        try await withAlice { alice, id in
            let here = "/dashboard?view=all"
            for (path, fields) in [
                ("/tasks/\(id)", ["title": "Wine", "here": here]), ("/tasks/\(id)/complete", ["here": here]),
                ("/tasks/\(id)/delete", ["here": here]), ("/tasks", ["title": "Another", "here": here]),
            ] as [(String, KeyValuePairs<String, String>)] {
                await alice.open(here)
                let before = state(alice)
                await alice.submit(path, fields)
                let after = state(alice)
                #expect(after != before)
                await alice.submit("/undo", ["undo": try undo(alice), "here": here])
                #expect(alice.page.text.contains("Undone."))
                #expect(state(alice) == before)
                await alice.submit("/undo", ["undo": try undo(alice), "here": here])
                #expect(state(alice) == after)
                await alice.submit("/undo", ["undo": try undo(alice), "here": here])
            }
        }
    }

    /// Titles, and the tasks that are done.
    private func state(_ browser: Browser) -> [String] {
        browser.page.text.matches(of: /<li class="(row[^"]*)"|class="task-title"[^>]*>([^<]*)</)
            .map { String($0.1 ?? $0.2 ?? "") }
    }

    @Test func `fields changed since are kept and named, and an unknown change is reported`() async throws {
        try await withAlice { alice, id in
            await alice.submit("/tasks/\(id)", ["title": "Wine", "here": "/dashboard"])
            let first = try undo(alice)
            await alice.submit("/tasks/\(id)", ["title": "Beer", "here": "/dashboard"])
            await alice.submit("/undo", ["undo": first, "here": "/dashboard"])
            #expect(alice.page.text.contains("Undone in part"))
            #expect(alice.page.text.contains(">Beer</a>"))
            for unknown in ["", "x", "01a21f73-168d-715b-b15b-d4a354b55115"] {
                await alice.submit("/undo", ["undo": unknown, "here": "/dashboard"])
                #expect(alice.page.status == .ok)
                #expect(alice.page.text.contains("That can no longer be undone."))
            }
        }
    }

    @Test func `a form that is older than the task shows both texts, and saves when it is sent again`() async throws {
        try await withAlice { alice, id in
            await alice.open("/dashboard?edit=\(id)")
            let version = try #require(alice.page.text.firstMatch(of: /name="version" value="([^"]+)"/)).1
            await alice.submit("/tasks/\(id)", ["title": "Wine", "description": "red", "here": "/dashboard"])
            let fields: KeyValuePairs = ["title": "Beer", "version": String(version), "here": "/dashboard"]
            await alice.submit("/tasks/\(id)", fields)
            #expect(alice.page.status == .conflict)
            #expect(alice.page.text.contains("This task was changed elsewhere"))
            #expect(alice.page.text.contains(#"<p class="task-title" dir="auto">Wine</p>"#))
            #expect(alice.page.text.contains(#"value="Beer""#))
            let newer = try #require(alice.page.text.firstMatch(of: /name="version" value="([^"]+)"/)).1
            #expect(newer != version)
            await alice.submit("/tasks/\(id)", ["title": "Beer", "version": String(newer), "here": "/dashboard"])
            #expect(alice.page.text.contains(">Beer</a>"))
        }
    }

    @Test func `completing a task elsewhere outdates no form, and an invalid form keeps its version`()
        async throws
    {
        try await withAlice { alice, id in
            await alice.open("/dashboard?edit=\(id)")
            let version = String(try #require(alice.page.text.firstMatch(of: /name="version" value="([^"]+)"/)).1)
            await alice.submit("/tasks/\(id)/complete", ["here": "/dashboard"])
            await alice.submit("/tasks/\(id)", ["title": "Wine", "version": version, "here": "/dashboard"])
            #expect(alice.page.text.contains("Changes saved."))
            await alice.submit("/tasks/\(id)", ["title": " ", "version": version, "here": "/dashboard"])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains("name=\"version\" value=\"\(version)\""))
        }
    }

    @Test func `a script gets the changed parts and the place of the row`() async throws {
        try await withAlice { alice, id in
            let headers: HTTPHeaders = ["latchkey-fragment": "1"]
            func send(_ path: String, _ fields: KeyValuePairs<String, String>) async -> Response {
                await alice.post(path, fields, token: alice.formToken, headers)
            }
            var part = await send("/tasks", ["title": "Second", "here": "/dashboard"])
            #expect(part.status == .ok)
            #expect(part.headers["latchkey-fragment"] == ["1"])
            #expect(!part.text.contains("<html") && !part.text.contains("<main"))
            #expect(part.text.contains(#"data-in="anytime" data-after="">"#))
            #expect(part.text.contains("2 open"))
            #expect(part.text.contains(#"<h2 class="sect" id="anytime-heading">"#))

            part = await send("/tasks/\(id)", ["title": "First", "here": "/dashboard"])
            let second = try #require(part.text.firstMatch(of: /data-in="anytime" data-after="(task-[0-9a-f-]+)"/)).1
            #expect(part.text.contains(#"id="task-\#(id)""#))
            #expect(second != "task-\(id)")

            part = await send("/tasks/\(id)/complete", ["here": "/dashboard"])
            #expect(part.text.contains(#"<li class="row done" id="task-\#(id)" data-in="" data-after="">"#))
            part = await send("/tasks/\(id)/delete", ["here": "/dashboard?view=done"])
            #expect(part.text.contains(#"<li id="task-\#(id)" data-in=""></li>"#))
            part = await send("/tasks/\(id)/complete", ["here": "/dashboard"])
            #expect(part.status == .ok)
            #expect(part.text.contains("That task is no longer there."))
            part = await send("/tasks", ["title": " ", "here": "/dashboard"])
            #expect(part.status == .unprocessableEntity)
            #expect(part.headers["latchkey-fragment"].isEmpty)
            #expect(part.text.contains("<main"))
        }
    }
}
