import App
import Basics
import Calendar
import Domain
import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing
import Web

@Suite struct ReminderTests {
    private struct Scene {
        let site: TestSite
        let alice: APIClient

        /// Adds a task that is due in two hours, with a reminder half an hour before.
        func addsTask() async throws -> String {
            let due = site.clock.now.adding(seconds: 7200).rfc3339.prefix(19)
            let response = await alice.send(
                .POST, "/api/tasks",
                json:
                    #"{"title":"Dentist","due":{"datetime":"\#(due)","time_zone":"UTC"},"reminders":[{"before":"PT30M"}]}"#
            )
            #expect(response.status == .created, "\(String(buffer: response.body))")
            guard case .string(let id)? = try response.jsonObject()["id"] else { throw TestSite.Unexpected() }
            return id
        }

        /// Changes the account's zone on the pages, by a new sign-in.
        func saves(zone: String) async {
            let browser = Browser(site)
            await browser.open("/login")
            await browser.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            await browser.submit("/account/region", ["time_zone": zone, "week_start": "monday", "language": ""])
        }

        func queued() async throws -> Int {
            let time = site.clock.now
            return try await site.services.reminders.queueReminders(
                dueAt: time, notBefore: time.adding(seconds: -86_400), limit: 10
            ) { [ids = site.services.ids] in MailID(rawValue: ids.next(at: time)) }
        }

        func mails() async throws -> [OutgoingMail] {
            try await site.services.outbox.mail(in: [.waiting], limit: 99).map(\.mail).filter { $0.kind == .reminder }
        }

        func text(of mail: OutgoingMail) async throws -> MailComposer.Text? {
            let templates = try TestSite.templates.get()
            return try await site.services.mailComposer(templates) { "http://tasks.test" }.text(of: mail)
        }
    }

    private func with(isVerified: Bool = true, _ work: (Scene) async throws -> Void) async throws {
        try await TestSite.with(hasMail: true) { site in
            let alice = try await site.signUp("alice")
            try await site.database.write { _ = try $0.execute("UPDATE users SET email_verified = \(isVerified)") }
            try await work(Scene(site: site, alice: alice))
        }
    }

    @Test func `a mail is sent once, at its time`() async throws {
        try await with { scene in
            _ = try await scene.addsTask()
            scene.site.clock.advance(seconds: 89 * 60)
            #expect(try await scene.queued() == 0)
            scene.site.clock.advance(seconds: 120)
            #expect(try await scene.queued() == 1)
            #expect(try await scene.queued() == 0)
            let mail = try #require(try await scene.mails().first)
            let text = try #require(try await scene.text(of: mail))
            #expect(text.subject == "Reminder: Dentist")
            #expect(text.plain.contains("Dentist") && text.plain.contains("http://tasks.test/unsubscribe/"))
            #expect(text.unsubscribeURL.map(text.plain.contains) == true)
        }
    }

    @Test func `a task that was completed, deleted or moved is not mailed`() async throws {
        try await with { scene in
            let ids = [try await scene.addsTask(), try await scene.addsTask(), try await scene.addsTask()]
            scene.site.clock.advance(seconds: 91 * 60)
            #expect(try await scene.queued() == 3)
            #expect(await scene.alice.send(.PATCH, "/api/tasks/\(ids[0])", json: #"{"completed":true}"#).status == .ok)
            #expect(await scene.alice.send(.DELETE, "/api/tasks/\(ids[1])").status == .noContent)
            let moved = await scene.alice.send(
                .PATCH, "/api/tasks/\(ids[2])", json: #"{"due":{"datetime":"2099-01-01T10:00","time_zone":"UTC"}}"#)
            #expect(moved.status == .ok)
            for mail in try await scene.mails() { #expect(try await scene.text(of: mail) == nil) }
            // The one that was moved has a new moment, the others have none.
            let left = try await scene.site.database.read {
                try $0.rows("SELECT task_id FROM reminders") { $0.text(0) }
            }
            #expect(left == [ids[2]])
        }
    }

    @Test func `in another zone, reminders come by its clock`() async throws {
        try await with { (scene: Scene) async throws in
            func moments() async throws -> [String] {
                try await scene.site.database.read { connection in
                    try connection.rows("SELECT due_at FROM reminders ORDER BY due_at") {
                        Timestamp(milliseconds: $0.integer(0)).rfc3339.prefix(16) + "Z"
                    }
                }
            }
            await scene.saves(zone: "America/New_York")
            for fields in [
                #""due":{"datetime":"2099-12-24T17:00"},"reminders":[{"before":"PT30M"},{"before":"PT30M"},{"at":{"datetime":"2099-12-24T16:30"}}]"#,
                #""due":{"date":"2099-12-24"},"reminders":[{"before":"P1D"}]"#,
                #""due":{"datetime":"2099-12-24T17:00","time_zone":"UTC"},"reminders":[{"before":"PT0S"}]"#,
            ] {
                let response = await scene.alice.send(.POST, "/api/tasks", json: "{\"title\":\"x\",\(fields)}")
                #expect(response.status == .created, "\(String(buffer: response.body))")
            }
            var found = try await moments()
            #expect(found == ["2099-12-23T14:00Z", "2099-12-24T17:00Z", "2099-12-24T21:30Z"])
            for _ in 0..<2 {
                await scene.saves(zone: "Asia/Tokyo")
                found = try await moments()
                #expect(found == ["2099-12-23T00:00Z", "2099-12-24T07:30Z", "2099-12-24T17:00Z"])
            }
        }
    }

    @Test(arguments: [
        ("America/New_York", 1800, "PT1H", nil), ("Asia/Tokyo", 3 * 3600, "PT0S", 0),
        ("America/New_York", 3 * 3600, "PT0S", 9 * 3600),
    ])
    func `a change of zone skips reminders that have passed, and loses none`(
        zone: String, due: Int, before: String, expected: Int?
    ) async throws {
        try await with { (scene: Scene) async throws in
            await scene.saves(zone: "Africa/Lagos")
            // Of a zone without summer time, in a month in which the others are 6 hours behind it, and 8 ahead.
            scene.site.clock.advance(seconds: 1_800_000_000 - scene.site.clock.now.seconds)
            let local = try #require(TimeZoneDatabase.system.rules("Africa/Lagos")).local(at: scene.site.clock.now)
            let time = local.adding(seconds: due).text
            let response = try await scene.site.signIn("alice").send(
                .POST, "/api/tasks",
                json: #"{"title":"x","due":{"datetime":"\#(time)"},"reminders":[{"before":"\#(before)"}]}"#)
            #expect(response.status == .created, "\(String(buffer: response.body))")
            await scene.saves(zone: zone)
            let moments = try await scene.site.database.read { connection in
                try connection.rows("SELECT due_at FROM reminders") { Timestamp(milliseconds: $0.integer(0)).seconds }
            }
            #expect(moments == expected.map { [scene.site.clock.now.seconds + Int64($0)] } ?? [])
        }
    }

    @Test func `an address that is not verified gets no reminders`() async throws {
        try await with(isVerified: false) { scene in
            _ = try await scene.addsTask()
            scene.site.clock.advance(seconds: 91 * 60)
            #expect(try await scene.queued() == 1)
            #expect(try await scene.mails().isEmpty)
        }
    }

    @Test func `one click in the mail program ends reminders, and opening the page does not`() async throws {
        try await with { scene in
            _ = try await scene.addsTask()
            scene.site.clock.advance(seconds: 91 * 60)
            #expect(try await scene.queued() == 1)
            let mail = try #require(try await scene.mails().first)
            let url = try #require(try await scene.text(of: mail)?.unsubscribeURL)
            let path = String(url.dropFirst("http://tasks.test".count))
            for _ in 0..<3 { #expect(await scene.site.send(.GET, path).status == .ok) }
            #expect(try await scene.text(of: mail) != nil)
            #expect(await scene.site.send(.POST, String(path.dropLast()) + "0x").status == .notFound)
            let form: HTTPHeaders = ["content-type": "application/x-www-form-urlencoded"]
            let ended = await scene.site.send(.POST, path, form, body: "List-Unsubscribe=One-Click")
            #expect(ended.status == .ok)
            #expect(try await scene.text(of: mail) == nil)
            _ = try await scene.addsTask()
            scene.site.clock.advance(seconds: 91 * 60)
            #expect(try await scene.queued() == 1)
            #expect(try await scene.mails().count == 1)
        }
    }
}
