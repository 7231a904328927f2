import Basics
import Calendar
import Domain
import Testing

/// The parts of the list that the page shows.
@Suite struct DashboardViewsTests {
    private func withAlice(_ work: (Browser, TestSite) async throws -> Void) async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            try await work(alice, site)
        }
    }

    private func titles(_ browser: Browser) -> [String] {
        browser.page.text.matches(of: /class="task-title"[^>]*>([^<]*)</).map { String($0.1) }
    }

    private func titles(_ browser: Browser, in section: String) -> [String] {
        guard let list = browser.page.text.split(separator: "<ul class=\"list\" id=\"\(section)\">").dropFirst().first
        else { return [] }
        return (list.split(separator: "</ul>").first ?? "").matches(of: /class="task-title"[^>]*>([^<]*)</)
            .map { String($0.1) }
    }

    @Test func `the default view has today with what is overdue, what comes, and the rest`() async throws {
        try await withAlice { alice, site in
            let today = CalendarDate(dayNumber: Int(site.clock.now.days))
            for (title, days) in [("late", -1), ("today", 0), ("tomorrow", 1), ("next month", 40)] {
                await alice.submit(
                    "/tasks", ["title": title, "due_date": today.adding(days: days).text, "here": "/dashboard"])
            }
            await alice.submit("/tasks", ["title": "some day", "here": "/dashboard"])
            #expect(titles(alice, in: "today") == ["late", "today"])
            #expect(titles(alice, in: "upcoming") == ["tomorrow", "next month"])
            #expect(titles(alice, in: "anytime") == ["some day"])
            #expect(alice.page.text.contains(#"<span class="due late" title="#))
            #expect(alice.page.text.contains("</span>Yesterday</span>"))
            #expect(alice.page.text.contains("</span>Tomorrow</span>"))
            #expect(alice.page.text.contains("5 open"))

            for (view, expected) in [
                ("today", ["late", "today"]), ("upcoming", ["tomorrow", "next month"]), ("anytime", ["some day"]),
                ("all", ["some day", "next month", "tomorrow", "today", "late"]), ("done", []),
            ] {
                await alice.open("/dashboard?view=\(view)")
                #expect(titles(alice) == expected, "\(view)")
            }
            await alice.open("/dashboard?sort=due")
            #expect(titles(alice) == ["late", "today", "tomorrow", "next month", "some day"])
        }
    }

    /// Times from an hour ago to six hours from now, half an hour or more apart, in zones that are far
    /// apart, and days.
    private func addTimedTasks(to alice: Browser, at now: Timestamp, in rules: TimeZoneRules) async throws {
        for number in 0..<12 {
            let instant = now.adding(seconds: Int64(60 * (number * 35 - 60) + .random(in: 0..<300)))
            var fields = [("title", "t\(number)"), ("here", "/dashboard")]
            if number % 4 > 0 {
                let zone = ["", "Asia/Tokyo", "America/St_Johns"][number % 3]
                let time = (zone.isEmpty ? rules : try #require(TimeZoneDatabase.system.rules(zone))).local(at: instant)
                fields.append(("due_date", time.date.text))
                fields.append(("due_time", LocalDateTime.clock(time.secondOfDay / 60 * 60)))
                fields.append(("due_zone", zone))
            } else {
                fields.append(("due_date", rules.local(at: instant).date.text))
            }
            await alice.submit("/tasks", pairs: fields)
        }
    }

    @Test func `a cached page equals one that is rendered in that minute`() async throws {
        try await TestSite.with { site in
            let rules = try #require(TimeZoneDatabase.system.rules("Europe/Berlin"))
            // In the night in which clocks are put back.
            func local(_ hours: Int) -> LocalDateTime {
                rules.local(at: site.clock.now.adding(seconds: Int64(hours) * 3600))
            }
            let hours = try #require((1..<9000).first { local($0 + 1) == local($0) })
            site.clock.advance(seconds: Int64(hours - 6) * 3600)
            let alice = Browser(site)
            try await alice.signUp("alice")
            await alice.submit("/account/region", ["time_zone": "Europe/Berlin", "week_start": "monday"])
            await alice.open("/dashboard")
            try await addTimedTasks(to: alice, at: site.clock.now, in: rules)
            let addresses = ["/dashboard?x=", "/dashboard?view=all&x=", "/dashboard?q=is:overdue&x="]
            var texts = Set<String>()
            for step in 0..<150 {
                for address in addresses {
                    let kept = await alice.open(address).text
                    let made = await alice.open("\(address)\(step)").text
                    #expect(kept == made, "\(step) \(address)")
                    texts.insert(kept)
                }
                // It is set back at times.
                site.clock.advance(seconds: step % 10 == 9 ? .random(in: -1800...0) : .random(in: 1...600))
            }
            #expect(texts.count > 10)
            guard case .number(let hits)? = site.site.answers.metrics.first?.samples.first?.value else {
                return #expect(Bool(false), "there is no count of hits")
            }
            #expect(hits > 50, "pages are kept for longer than a minute")
        }
    }

    @Test func `the summary has the number of open tasks, up to a limit`() async throws {
        try await withAlice { alice, site in
            let id = UserID(rawValue: try await site.signIn("alice").userID)
            func add(_ count: Int) async throws {
                let draft = TaskDraft(TaskContent(title: try TaskTitle("x"), description: nil))
                for _ in 0..<count { _ = try await site.services.tasks.create(draft, for: TaskOwner(id)) }
            }
            try await add(60)
            await alice.open("/dashboard")
            #expect(alice.page.text.contains("60 open"))
            #expect(alice.taskIDs.count == 25)
            #expect(alice.page.text.contains(#"<a href="/dashboard?view=anytime" data-live>All 60: Anytime</a>"#))
            try await add(1_000)
            await alice.open("/dashboard")
            #expect(alice.page.text.contains("1000+ open"))
        }
    }

    @Test func `a long page has what several pages have, and stays long`() async throws {
        try await withAlice { alice, site in
            let id = UserID(rawValue: try await site.signIn("alice").userID)
            await alice.open("/dashboard")
            #expect(!alice.page.text.contains("on one page"))
            for number in 0..<60 {
                let draft = TaskDraft(TaskContent(title: try TaskTitle("\(number)"), description: nil))
                _ = try await site.services.tasks.create(draft, for: TaskOwner(id))
            }
            await alice.submit("/views", ["name": "Mine", "here": "/dashboard?sort=due"])
            await alice.open("/dashboard?sort=due&pages=long")
            #expect(alice.page.text.contains("Delete this view"))
            for address in ["/dashboard?", "/dashboard?view=all&", "/dashboard?q=is:open&"] {
                await alice.open(address)
                #expect(titles(alice).count == 25)
                #expect(alice.page.text.contains("pages=long"))
                await alice.open(address + "pages=long")
                #expect(Set(titles(alice)).count == 60)
                #expect(!alice.page.text.contains("on one page"))
                #expect(alice.page.text.matches(of: /name="here" value="[^"]*pages=long"/).count > 0)
            }
        }
    }

    @Test func `a line is read as quick add, and fields take precedence over it`() async throws {
        try await withAlice { alice, site in
            await alice.submit(
                "/tasks",
                ["title": "Pay rent tomorrow #home !high", "quick": "on", "priority": "", "here": "/dashboard"])
            #expect(titles(alice, in: "upcoming") == ["Pay rent"])
            #expect(alice.page.text.contains(#"<span class="tag" dir="auto">#home</span>"#))
            #expect(alice.page.text.contains(#"<span class="priority high">High</span>"#))
            let later = CalendarDate(dayNumber: Int(site.clock.now.days)).adding(days: 9).text
            await alice.submit(
                "/tasks",
                ["title": "Pay tax tomorrow", "quick": "on", "due_date": later, "due_time": "", "here": "/dashboard"])
            #expect(titles(alice, in: "upcoming") == ["Pay rent", "Pay tax"])
            // Scripts of the version before do not know the field.
            await alice.submit("/tasks", ["title": "Friday tomorrow", "here": "/dashboard"])
            #expect(titles(alice, in: "anytime") == ["Friday tomorrow"])
        }
    }

    @Test func `a task that is added in a view belongs to it`() async throws {
        try await withAlice { alice, _ in
            await alice.submit("/tasks", ["title": "now", "quick": "on", "here": "/dashboard?view=today"])
            #expect(titles(alice) == ["now"])
            await alice.submit("/tasks", ["title": "call", "quick": "on", "here": "/dashboard?tag=errand"])
            #expect(titles(alice) == ["call"])
            await alice.submit("/lists", ["name": "Garden", "color": "green", "here": "/dashboard"])
            #expect(alice.page.text.contains("List saved."))
            #expect(alice.page.text.contains(#"<h1 id="heading" dir="auto">Garden</h1>"#))
            let id = try #require(alice.page.text.firstMatch(of: /action="\/lists\/([0-9a-f-]+)"/)).1
            #expect(alice.page.text.contains(#"<option value="\#(id)" selected>Garden</option>"#))
            await alice.submit("/tasks", ["title": "dig", "list_id": String(id), "here": "/dashboard?list=\(id)"])
            #expect(titles(alice) == ["dig"])
            await alice.open("/dashboard?list=inbox")
            #expect(titles(alice) == ["call", "now"])
            await alice.open("/dashboard")
            #expect(alice.page.text.contains(#"<i class="dot green"></i><bdi>Garden</bdi></span>"#))
        }
    }

    @Test func `the further fields of the form are open once the user has filled in one of them`() async throws {
        try await withAlice { alice, _ in
            func isOpen() throws -> Bool {
                try #require(alice.page.text.firstMatch(of: /<details class="add-more"( open)?>/)).1 != nil
            }
            await alice.submit("/lists", ["name": "Garden", "here": "/dashboard"])
            let id = String(try #require(alice.page.text.firstMatch(of: /action="\/lists\/([0-9a-f-]+)"/)).1)
            for here in ["/dashboard", "/dashboard?list=inbox", "/dashboard?list=\(id)"] {
                let usual = here.hasSuffix(id) ? id : "inbox"
                await alice.open(here)
                #expect(try !isOpen(), "\(here)")
                for (field, value, opens) in [
                    ("list_id", usual, false), ("list_id", usual == id ? "inbox" : id, true), ("tags", "home", true),
                    ("description", "x", true),
                ] {
                    await alice.submit("/tasks", ["title": " ", field: value, "here": here])
                    #expect(alice.page.status == .unprocessableEntity)
                    #expect(try isOpen() == opens, "\(here) \(field) \(value)")
                }
            }
        }
    }

    @Test func `a list is renamed, refused, deleted with its tasks, and restored with them`() async throws {
        try await withAlice { alice, _ in
            await alice.submit("/lists", ["name": "Garden", "color": "green", "here": "/dashboard"])
            let id = String(try #require(alice.page.text.firstMatch(of: /action="\/lists\/([0-9a-f-]+)"/)).1)
            await alice.submit("/tasks", ["title": "dig", "list_id": id, "here": "/dashboard?list=\(id)"])
            await alice.submit("/lists/\(id)", ["name": "Yard", "color": "lime"])
            #expect(alice.page.text.contains(#"<h1 id="heading" dir="auto">Yard</h1>"#))
            await alice.submit("/lists/\(id)", ["name": " ", "color": "lime"])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains(#"id="list-name-error">Enter a name."#))
            for (name, color) in [("Blue", "blue"), ("Orange", "orange")] {
                await alice.submit("/lists", ["name": name, "here": "/dashboard"])
                #expect(alice.page.text.contains(#"<i class="dot \#(color)"></i><bdi>\#(name)</bdi>"#))
            }
            await alice.submit("/lists", ["name": "yard", "color": "lime", "here": "/dashboard"])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains("A list with this name already exists."))

            await alice.submit("/lists/\(id)/delete", [:])
            #expect(alice.page.text.contains("List deleted."))
            #expect(alice.taskIDs.isEmpty)
            let undo = try #require(alice.page.text.firstMatch(of: /name="undo" value="([^"]+)"/)).1
            await alice.submit("/undo", ["undo": String(undo), "here": "/dashboard"])
            #expect(alice.page.text.contains("Undone."))
            #expect(titles(alice) == ["dig"])
        }
    }

    @Test func `a search finds by words and filters, and an empty one shows the list`() async throws {
        try await withAlice { alice, _ in
            await alice.submit("/tasks", ["title": "Buy milk", "tags": "shop", "here": "/dashboard"])
            await alice.submit("/tasks", ["title": "Milk the cow", "here": "/dashboard"])
            await alice.submit("/tasks/\(alice.taskIDs[0])/complete", ["here": "/dashboard"])
            await alice.open("/dashboard?q=mil")
            #expect(titles(alice) == ["Milk the cow", "Buy milk"])
            #expect(alice.page.text.contains("<title>Search · Latchkey</title>"))
            await alice.open("/dashboard?q=mil%20%23shop")
            #expect(titles(alice) == ["Buy milk"])
            await alice.open("/dashboard?q=cheese")
            #expect(alice.page.text.contains("Nothing found"))
            await alice.open("/dashboard?q=")
            #expect(titles(alice) == ["Buy milk"])
        }
    }

    @Test func `a search without results offers to add the text as a task`() async throws {
        try await withAlice { alice, _ in
            await alice.open("/dashboard?q=oat%20milk%20%23shop")
            #expect(alice.page.text.contains("Add <bdi>“oat milk #shop”</bdi> as a task"))
            await alice.submit("/tasks", ["title": "oat milk #shop", "quick": "on", "here": "/dashboard?q=oat%20milk"])
            #expect(titles(alice) == ["oat milk"])
            for address in ["/dashboard?q=oat", "/dashboard?view=trash&q=x", "/dashboard?view=done"] {
                await alice.open(address)
                #expect(!alice.page.text.contains("as a task"), "\(address)")
            }
        }
    }

    @Test func `tasks in the trash are deleted for good, one or all`() async throws {
        try await withAlice { alice, site in
            for title in ["a", "b", "c"] { await alice.submit("/tasks", ["title": title, "here": "/dashboard"]) }
            let ids = alice.taskIDs
            for id in ids {
                await alice.submit("/tasks/\(id)/delete", ["here": "/dashboard"])
                site.clock.advance(seconds: 1)
            }
            await alice.open("/dashboard?view=trash")
            #expect(titles(alice) == ["a", "b", "c"])
            await alice.submit("/tasks/\(ids[0])/delete-for-good", ["here": "/dashboard?view=trash"])
            #expect(titles(alice) == ["a", "b"])
            await alice.submit("/tasks/\(ids[0])/restore", ["here": "/dashboard?view=trash"])
            #expect(alice.page.text.contains("That task is no longer there."))
            await alice.submit("/trash/empty", [:])
            #expect(alice.page.text.contains("The trash is empty."))
            #expect(titles(alice).isEmpty)
        }
    }
}
