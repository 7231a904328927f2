import NIOHTTP1
import Testing

/// Making a task a part of another one, and leaving that, by the form.
@Suite struct DashboardParentTests {
    private func choices(_ browser: Browser) -> [String] {
        let select = browser.page.text.split(separator: #"name="parent_id""#).dropFirst().first ?? ""
        return (select.split(separator: "</select>").first ?? "").matches(of: />([^<]+)<\/option>/).map { String($0.1) }
    }

    @Test func `a task becomes a part of another of its list, and leaves it`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            var ids: [String: String] = [:]
            for title in ["Move house", "Pack", "Books"] {
                await alice.submit("/tasks", ["title": title, "here": "/dashboard"])
                ids[title] = alice.taskIDs.first { !ids.values.contains($0) }
            }
            let (house, pack) = (try #require(ids["Move house"]), try #require(ids["Pack"]))
            await alice.open("/dashboard?edit=\(pack)")
            #expect(choices(alice).sorted() == ["Books", "Move house", "No other task"])
            await alice.submit(
                "/tasks/\(pack)",
                ["title": "Pack", "parent_id": house, "former_parent_id": "", "list_id": "inbox", "here": "/dashboard"])
            #expect(alice.page.status == .ok)
            #expect(alice.page.text.contains("0 of 1"))

            // Its own subtask is not offered, and refused.
            await alice.open("/dashboard?edit=\(house)")
            #expect(choices(alice).sorted() == ["Books", "No other task"])
            await alice.submit(
                "/tasks/\(house)",
                ["title": "Move", "parent_id": pack, "former_parent_id": "", "here": "/dashboard?edit=\(house)"])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains("A task cannot be its own subtask."))
            #expect(alice.page.text.contains(#"value="Move""#))

            // Other changes leave it where it is.
            await alice.submit(
                "/tasks/\(pack)",
                ["title": "Pack boxes", "parent_id": house, "former_parent_id": house, "here": "/dashboard"])
            #expect(alice.page.text.contains("Pack boxes") && alice.page.text.contains("0 of 1"))
            await alice.submit(
                "/tasks/\(pack)",
                ["title": "Pack", "parent_id": "", "former_parent_id": house, "list_id": "inbox", "here": "/dashboard"])
            #expect(alice.page.status == .ok)
            #expect(!alice.page.text.contains("0 of 1"))
        }
    }
}
