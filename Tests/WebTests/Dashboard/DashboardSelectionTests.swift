import HTTPServer
import NIOHTTP1
import Testing

/// One change to several tasks that were selected on a page.
@Suite struct DashboardSelectionTests {
    private func withAlice(_ work: (Browser, [String]) async throws -> Void) async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            for title in ["C", "B", "A"] { await alice.submit("/tasks", ["title": title, "here": "/dashboard"]) }
            try await work(alice, alice.taskIDs)
        }
    }

    private func submit(_ alice: Browser, _ ids: [String], _ fields: [(String, String)]) async {
        await alice.open("/dashboard?select=on")
        await alice.submit("/tasks/selected", pairs: ids.map { ("task", $0) } + [("here", "/dashboard")] + fields)
    }

    @Test func `a page for selecting has boxes instead of buttons`() async throws {
        try await withAlice { alice, ids in
            await alice.open("/dashboard?select=on")
            let text = alice.page.text
            #expect(text.matches(of: /type="checkbox" name="task"/).count == 3)
            #expect(!text.contains("/complete\"") && text.contains(#"id="selection""#))
            await alice.open("/dashboard?view=trash&select=on")
            #expect(!alice.page.text.contains(#"id="selection""#))
        }
    }

    @Test func `each change applies to the selected tasks, and is undone as one`() async throws {
        try await withAlice { alice, ids in
            for (fields, said) in [
                ([("action", "complete")], "2 tasks completed."), ([("action", "delete")], "2 tasks deleted."),
                ([("action", "due"), ("due_date", "2031-05-05")], "2 tasks given a new date."),
                ([("action", "tag"), ("tag", "home")], "2 tasks tagged."),
                ([("action", "move"), ("list_id", "inbox")], "2 tasks moved."),
            ] {
                await submit(alice, Array(ids[0...1]), fields)
                #expect(alice.page.status == .ok)
                #expect(alice.page.text.contains(said), "\(said)")
                guard let undo = alice.page.text.firstMatch(of: /name="undo" value="([^"]+)"/)?.1 else { continue }
                await alice.submit("/undo", ["undo": String(undo), "here": "/dashboard"])
                #expect(alice.page.text.contains("Undone."))
                #expect(alice.taskIDs == ids)
            }
        }
    }

    @Test func `errors are shown, and selected tasks stay selected`() async throws {
        try await withAlice { alice, ids in
            await submit(alice, [ids[1]], [("action", "due"), ("due_date", "someday")])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains("Enter a day, or none to take the date away."))
            #expect(alice.page.text.contains(#"id="pick-\#(ids[1])" checked"#))
            await submit(alice, [ids[1]], [("action", "tag"), ("tag", " ")])
            #expect(alice.page.status == .unprocessableEntity)
            await submit(alice, [ids[1]], [("action", "explode")])
            #expect(alice.page.status == .badRequest)
            await submit(alice, [], [("action", "delete")])
            #expect(alice.page.text.contains("Nothing was selected."))
            #expect(alice.taskIDs == ids && alice.page.text.contains("pick-\(ids[0])"))
        }
    }

    @Test func `tasks that are gone, or another account's, are skipped`() async throws {
        try await withAlice { alice, ids in
            await alice.submit("/tasks/\(ids[0])/delete", ["here": "/dashboard"])
            let unknown = "01a21f73-168d-715b-b15b-d4a354b55115"
            await submit(alice, [ids[0], unknown, ids[2]], [("action", "complete")])
            #expect(alice.page.text.contains("1 task completed."))
            #expect(alice.taskIDs == [ids[1]])
            await submit(alice, [unknown], [("action", "delete")])
            #expect(alice.page.text.contains("That task is no longer there."))
            #expect(alice.taskIDs == [ids[1]])
        }
    }
}
