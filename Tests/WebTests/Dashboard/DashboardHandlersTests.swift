import HTTPServer
import NIOHTTP1
import Testing

@Suite struct DashboardHandlersTests {
    private func withAlice(_ work: (Browser, TestSite) async throws -> Void) async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            try await work(alice, site)
        }
    }

    @Test func `a completed task that is edited in the list does not count as open`() async throws {
        try await withAlice { alice, _ in
            for title in ["Buy milk", "Pay rent"] {
                await alice.submit("/tasks", ["title": title, "here": "/dashboard"])
            }
            let id = try #require(alice.taskIDs.first)
            await alice.submit("/tasks/\(id)/complete", ["here": "/dashboard"])
            await alice.open("/dashboard?edit=\(id)")
            #expect(alice.page.status == .ok && alice.page.text.contains(#"id="edit-title""#))
            #expect(alice.page.text.contains("1 open"))
        }
    }

    @Test func `adds, edits, completes, filters, reopens, deletes and restores`() async throws {
        try await withAlice { alice, _ in
            await alice.submit("/tasks", ["title": "  Buy milk ", "description": "2 l\r\nwhole", "here": "/dashboard"])
            #expect(alice.page.status == .ok)
            #expect(alice.page.text.contains("Task added."))
            #expect(alice.page.text.contains(#"data-live>Buy milk</a>"#))
            #expect(alice.page.text.contains("2 l\nwhole"))
            let id = try #require(alice.taskIDs.first)

            await alice.open("/dashboard?edit=\(id)")
            #expect(alice.page.text.contains(#"id="edit-title" name="title" type="text" dir="auto" value="Buy milk""#))
            await alice.submit("/tasks/\(id)", ["title": "Buy bread", "description": "", "here": "/dashboard"])
            #expect(alice.page.text.contains("Changes saved."))
            #expect(alice.page.text.contains("Buy bread"))
            #expect(!alice.page.text.contains("2 l"))

            await alice.submit("/tasks/\(id)/complete", ["here": "/dashboard"])
            #expect(alice.page.text.contains("<bdi>“Buy bread”</bdi> completed."))
            #expect(alice.page.text.contains("All done"))
            await alice.open("/dashboard?view=done")
            #expect(alice.taskIDs == [id])
            await alice.submit("/tasks/\(id)/reopen", ["here": "/dashboard?view=done"])
            #expect(alice.page.text.contains("Nothing done yet"))

            await alice.submit("/tasks/\(id)/delete", ["here": "/dashboard"])
            #expect(alice.page.text.contains("Task deleted."))
            #expect(alice.taskIDs.isEmpty)
            await alice.open("/dashboard?view=trash")
            #expect(alice.taskIDs == [id])
            #expect(alice.page.text.contains(#"formaction="/tasks/\#(id)/restore""#))
            await alice.submit("/tasks/\(id)/restore", ["here": "/dashboard?view=trash"])
            #expect(alice.page.text.contains("The trash is empty"))
            await alice.open("/dashboard")
            #expect(alice.taskIDs == [id])
        }
    }

    @Test func `a missing title is asked for, and the other input is kept`() async throws {
        try await withAlice { alice, _ in
            await alice.submit("/tasks", ["title": " ", "description": "</textarea><b>", "here": "/dashboard"])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains(#"id="title-error">Enter a title."#))
            #expect(alice.page.text.contains("&lt;/textarea&gt;&lt;b&gt;</textarea>"))

            await alice.submit("/tasks", ["title": "x", "here": "/dashboard"])
            let id = try #require(alice.taskIDs.first)
            let long = String(repeating: "y", count: 201)
            await alice.submit("/tasks/\(id)", ["title": long, "here": "/dashboard"])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains(#"id="edit-title-error">The title may have at most 200 characters."#))
            #expect(alice.page.text.contains(long))
        }
    }

    @Test func `a date is entered in words, which win over the fields`() async throws {
        try await withAlice { alice, site in
            await alice.submit("/tasks", ["title": "Dentist", "here": "/dashboard"])
            let id = try #require(alice.taskIDs.first)
            func save(_ words: String) async {
                await alice.submit(
                    "/tasks/\(id)",
                    ["title": "Dentist", "when": words, "due_date": "2030-01-01", "due_time": "", "here": "/dashboard"])
            }
            for words in [
                "someday", "friday #errand", "friday +Inbox", "call friday", "friday // soon", "x", "\u{1F98A}",
            ] {
                await save(words)
                #expect(alice.page.status == .unprocessableEntity, "\(words)")
                #expect(alice.page.text.contains(#"id="edit-when-error">Enter a day, a time or a repeat"#), "\(words)")
                #expect(alice.page.text.contains(#"name="due_date" type="date" value="2030-01-01""#), "\(words)")
            }
            await save("every 2nd tuesday at 17:00")
            #expect(alice.page.status == .ok)
            await alice.open("/dashboard?edit=\(id)")
            #expect(alice.page.text.contains(#"id="edit-due-time" name="due_time" type="time" value="17:00""#))
            #expect(!alice.page.text.contains(#"value="2030-01-01""#))
            #expect(alice.page.text.contains("Every month on the second Tuesday"))
            await save("  ")
            #expect(alice.page.status == .ok)
            await alice.open("/dashboard?edit=\(id)")
            #expect(alice.page.text.contains(#"name="due_date" type="date" value="2030-01-01""#))
        }
    }

    @Test func `due date, start and priority are entered, shown, kept and cleared`() async throws {
        try await withAlice { alice, site in
            await alice.submit(
                "/tasks",
                [
                    "title": "Dentist", "due_date": "2026-12-24", "due_time": "17:00", "start_date": "2026-12-01",
                    "start_time": "08:00", "priority": "high", "here": "/dashboard",
                ])
            #expect(alice.page.status == .ok)
            #expect(alice.page.text.contains(#"title="Due Thu, 24 Dec 2026, 17:00""#))
            #expect(alice.page.text.contains(#"<span title="Tue, 1 Dec 2026, 08:00">From "#))
            #expect(alice.page.text.contains(#"<span class="priority high">High</span>"#))
            let id = try #require(alice.taskIDs.first)

            await alice.open("/dashboard?edit=\(id)")
            #expect(alice.page.text.contains(#"id="edit-due-time" name="due_time" type="time" value="17:00""#))
            #expect(alice.page.text.contains(#"<option value="high" selected>High</option>"#))
            // A form of the version before has none of these fields.
            await alice.submit("/tasks/\(id)", ["title": "Dentist!", "here": "/dashboard"])
            #expect(alice.page.text.contains("Due Thu, 24 Dec 2026, 17:00"))
            // Another client's zone stays with the time.
            await alice.submit(
                "/tasks/\(id)",
                [
                    "title": "Dentist", "due_date": "2026-12-25", "due_time": "09:30", "due_zone": "Europe/Berlin",
                    "start_date": "", "start_time": "", "priority": "", "here": "/dashboard",
                ])
            #expect(alice.page.text.contains(#"title="Due Fri, 25 Dec 2026, 09:30 (Europe/Berlin)""#))
            #expect(!alice.page.text.contains(">From ") && !alice.page.text.contains(#"class="priority"#))
            await alice.submit(
                "/tasks/\(id)", ["title": "Dentist", "due_date": "", "due_time": "", "here": "/dashboard"])
            #expect(!alice.page.text.contains("task-plan") && !alice.page.text.contains(#"class="due"#))
        }
    }

    @Test func `new times are in the account's zone, which is not named`() async throws {
        try await withAlice { alice, _ in
            await alice.submit("/account/region", ["time_zone": "Europe/Berlin", "week_start": "monday"])
            await alice.open("/dashboard")
            #expect(alice.page.text.contains(#"name="due_zone" value="Europe/Berlin""#))
            await alice.submit(
                "/tasks",
                ["title": "x", "due_date": "2026-12-24", "due_time": "17:00", "due_zone": "Europe/Berlin", "here": ""])
            #expect(alice.page.text.contains(#"title="Due Thu, 24 Dec 2026, 17:00""#))
            let id = try #require(alice.taskIDs.first)
            await alice.submit("/account/region", ["time_zone": "Asia/Tokyo", "week_start": "monday"])
            await alice.open("/dashboard?edit=\(id)")
            #expect(alice.page.text.contains(#"id="edit-due-time" name="due_time" type="time" value="17:00""#))
            #expect(alice.page.text.contains(#"name="due_zone" value="Europe/Berlin""#), "a time keeps its zone")
            #expect(alice.page.text.contains(#"name="start_zone" value="Asia/Tokyo""#), "a new one has the new zone")
            await alice.open("/dashboard")
            #expect(alice.page.text.contains(#"title="Due Thu, 24 Dec 2026, 17:00 (Europe/Berlin)""#))
        }
    }

    @Test(arguments: [
        ("", "17:00", "", "", #"id="edit-due-error">Enter the day as well."#),
        ("2026-02-30", "", "", "", #"id="edit-due-error">Enter a day that exists."#),
        ("2026-02-03", "25:00", "", "", "Enter a time of the day, such as 17:00."),
        ("2026-02-03", "", "2026-02-04", "", #"id="edit-start-error">The start must not be later"#),
        ("2026-02-03", "", "2026-02-01", "10:00", "must both be days"),
    ])
    func `an impossible plan is explained beside its field`(
        dueDate: String, dueTime: String, startDate: String, startTime: String, text: String
    ) async throws {
        try await withAlice { alice, _ in
            await alice.submit("/tasks", ["title": "x", "here": "/dashboard"])
            let id = try #require(alice.taskIDs.first)
            await alice.submit(
                "/tasks/\(id)",
                [
                    "title": "typed", "due_date": dueDate, "due_time": dueTime, "start_date": startDate,
                    "start_time": startTime, "here": "/dashboard",
                ])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains(text))
            #expect(alice.page.text.contains(#"value="typed""#))
        }
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'\"\u{301}><b>", "{{7*7}}", "{% if %}",
        "</title><script>", "javascript:alert(1)", "&lt;b&gt;", "\u{202e}abc", "--><svg onload=alert(1)>",
    ])
    func `a title is shown as text, whatever it contains`(title: String) async throws {
        try await withAlice { alice, _ in
            await alice.open("/dashboard")
            let tags = alice.page.text.matches(of: /<[a-z]+/).count
            await alice.submit("/tasks", ["title": "plain", "here": "/dashboard"])
            let withPlain = alice.page.text.matches(of: /<[a-z]+/).count
            await alice.submit("/tasks/\(alice.taskIDs[0])", ["title": title, "here": "/dashboard"])
            #expect(alice.page.text.matches(of: /<[a-z]+/).count == withPlain)
            #expect(withPlain > tags)
        }
    }

    @Test func `pages through a long list`() async throws {
        try await withAlice { alice, _ in
            for number in 0..<60 { await alice.submit("/tasks", ["title": "Task \(number)", "here": "/dashboard"]) }
            var seen: [String] = []
            await alice.open("/dashboard?view=all")
            for _ in 0..<3 {
                seen += alice.taskIDs
                guard let older = alice.page.text.firstMatch(of: /href="([^"]*)" data-live rel="next"/) else { break }
                await alice.open(String(older.1).replacing("&amp;", with: "&"))
            }
            #expect(seen.count == 60)
            #expect(Set(seen).count == 60)
            #expect(seen == seen.sorted(by: >))
            #expect(alice.page.text.contains("rel=\"first\""))
        }
    }

    @Test func `bob neither finds nor changes anything of alice's`() async throws {
        try await withAlice { alice, site in
            await alice.submit("/tasks", ["title": "secret", "here": "/dashboard"])
            let id = try #require(alice.taskIDs.first)
            let bob = Browser(site)
            try await bob.signUp("bob")
            for action in ["", "/complete", "/delete", "/restore"] {
                await bob.submit("/tasks/\(id)\(action)", ["title": "mine", "here": "/dashboard"])
                #expect(bob.page.text.contains("That task is no longer there."))
            }
            await bob.open("/dashboard?edit=\(id)")
            #expect(!bob.page.text.contains("secret"))
            await alice.open("/dashboard")
            #expect(alice.taskIDs == [id])
            #expect(alice.page.text.contains("secret"))
        }
    }

    @Test(arguments: [
        "https://evil.example", "//evil.example", "/logout", "/dashboard?view=%00", "/dashboardevil",
        "/dashboard?view=open\r\nx: y", "", "/dashboard?view=nonsense&edit=x&notice=deleted&undo=%F0%9F%A6%8A",
    ])
    func `a form leads back to the list and nowhere else`(here: String) async throws {
        try await withAlice { alice, _ in
            await alice.open("/dashboard")
            let response = await alice.post("/tasks", ["title": "x", "here": here], token: alice.formToken)
            #expect(response.status == .seeOther)
            let location = try #require(response.headers["location"].first)
            #expect(
                location.wholeMatch(of: /\/dashboard\?notice=added&task=[0-9a-f-]+&undo=[0-9a-f-]+/) != nil,
                "\(location)")
        }
    }

    @Test func `malformed addresses show the list`() async throws {
        try await withAlice { alice, _ in
            for query in [
                "show=x", "view=x", "cursor=%20", "cursor=%F0%9F%A6%8A", "edit=x", "notice=x", "undo=x", "a=b&a=c",
                "notice=deleted&task=%3Cb%3E", "sort=x", "sort=position", "list=x", "list=%F0%9F%A6%8A", "tag=%20",
                "q=%22", "q=*", "q=\(String(repeating: "a", count: 501))", "view=trash&cursor=x&sort=due",
                "view=trash&list=inbox&tag=x&q=y", "view=done&list=inbox&sort=priority", "list=&tag=&q=&view=",
            ] {
                #expect(await alice.open("/dashboard?\(query)").status == .ok, "\(query)")
            }
            #expect(await alice.open("/dashboard?view=%").status == .badRequest)
        }
    }

    @Test func `a form sent after the session has ended leads to the login`() async throws {
        try await withAlice { alice, _ in
            let token = alice.formToken
            alice.forget("better-auth.session_token")
            let response = await alice.post("/tasks", ["title": "x"], token: token)
            #expect(response.status == .seeOther)
            #expect(response.headers["location"] == ["/login"])
        }
    }

    @Test func `private pages are not cached`() async throws {
        try await withAlice { alice, _ in
            for path in ["/dashboard", "/dashboard?edit=x"] {
                let response = await alice.open(path)
                #expect(response.headers["cache-control"] == ["no-store"])
            }
            #expect(!alice.page.text.contains(alice.cookies["better-auth.session_token"] ?? "none"))
        }
    }

    @Test func `a form that is sent again with its key adds one task`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            func send(_ title: String, key: String) async -> HTTPResponseStatus {
                await alice.post(
                    "/tasks", ["title": title, "here": "/dashboard"], token: alice.formToken, ["idempotency-key": key]
                ).status
            }
            for _ in 1...3 { #expect(await send("Once", key: "first") == .seeOther) }
            #expect(await send("Twice", key: "second") == .seeOther)
            #expect(await send("Other", key: "second") == .unprocessableEntity)
            #expect(await send("Other", key: "") == .badRequest)
            await alice.open("/dashboard")
            #expect(alice.taskIDs.count == 2)
            // Where the session was renewed, the form has another token.
            await alice.submit("/logout", [:])
            await alice.open("/login")
            await alice.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            #expect(await send("Once", key: "first") == .seeOther)
            await alice.open("/dashboard")
            #expect(alice.taskIDs.count == 2)
        }
    }
}
