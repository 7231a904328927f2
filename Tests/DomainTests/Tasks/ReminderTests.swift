import Basics
import Calendar
import Domain
import Testing

@Suite struct ReminderTests {
    private func instant(_ text: String, due: String?, zone: String? = nil, in home: String) throws -> String? {
        let reminder = try #require(Reminder(stored: text))
        let time = due.flatMap { CalendarTime($0, zone: zone) }
        let rules = try #require(TimeZoneDatabase.system.rules(home))
        return reminder.instant(due: time, in: rules, .system)?.rfc3339
    }

    @Test func `days are those of the clock, and hours are exact`() throws {
        // The clocks of Berlin go back on 25 October 2026.
        let due = "2026-10-25T09:00"
        #expect(try instant("P1D", due: due, zone: "Europe/Berlin", in: "UTC") == "2026-10-24T07:00:00.000Z")
        #expect(try instant("PT24H", due: due, zone: "Europe/Berlin", in: "UTC") == "2026-10-24T08:00:00.000Z")
        #expect(try instant("PT0S", due: due, zone: "Europe/Berlin", in: "UTC") == "2026-10-25T08:00:00.000Z")
        #expect(try instant("P1DT30M", due: due, zone: "Europe/Berlin", in: "UTC") == "2026-10-24T06:30:00.000Z")
    }

    @Test func `a day begins its reminders at nine where the account is`() throws {
        #expect(try instant("PT0S", due: "2026-12-24", in: "America/New_York") == "2026-12-24T14:00:00.000Z")
        #expect(try instant("P1W", due: "2026-12-24", in: "Europe/Berlin") == "2026-12-17T08:00:00.000Z")
        #expect(try instant("@2026-12-24T17:00", due: nil, in: "Europe/Berlin") == "2026-12-24T16:00:00.000Z")
        #expect(try instant("PT5M", due: nil, in: "UTC") == nil)
    }

    @Test(arguments: ["P1D", "PT30M", "P2DT1H", "PT0S", "@2026-12-24", "@2026-12-24T17:00[Europe/Berlin]", "PT1H30M5S"])
    func `is stored as it is written`(text: String) throws {
        #expect(Reminder(stored: text)?.storedText == text)
    }

    @Test(arguments: [
        "", "P", "PT", "1D", "P1H", "PT1D", "P1DT", "-P1D", "P1.5D", "P1D1D", "PT1M1H", "P367D",
        "P99999999999999999999D",
        "PT99999999H", "@", "@2026-02-30", "P1Y", "p1d", "PT1️⃣H",
    ])
    func `anything else is none`(text: String) { #expect(Reminder(stored: text) == nil) }
}
