import Calendar
import Testing

@Suite struct CalendarDateTests {
    @Test func `every day of four centuries has its own number and text`() throws {
        var expected = try #require(CalendarDate(year: 1900, month: 1, day: 1)).dayNumber
        for year in 1900..<2300 {
            for month in 1...12 {
                for day in 1...31 {
                    guard let date = CalendarDate(year: year, month: month, day: day) else {
                        #expect(day > CalendarDate.daysInMonth(month, of: year))
                        continue
                    }
                    #expect(date.dayNumber == expected && date.parts == (year, month, day))
                    expected += 1
                }
            }
        }
        #expect(CalendarDate("2026-11-26")?.weekday == .thursday)
        #expect(CalendarDate("1969-12-31")?.weekday == .wednesday)
    }

    @Test(arguments: [
        "", "2026-1-1", "2026-02-30", "2026-13-01", "2026-00-01", "2026-01-00", "0000-01-01", "10000-01-01",
        "+026-01-01",
        "2026-01-01T", "2026/01/01", " 2026-01-01", "2026-01-0١", "20260101",
    ])
    func `other texts are no dates`(text: String) { #expect(CalendarDate(text) == nil) }

    @Test func `a month after the 31st is the last day of a shorter month`() throws {
        let date = try #require(CalendarDate("2026-01-31"))
        #expect(date.adding(months: 1).text == "2026-02-28")
        #expect(date.adding(months: 25).text == "2028-02-29")
        #expect(date.adding(months: -2).text == "2025-11-30")
        #expect(date.endOfMonth == date && date.startOfMonth.text == "2026-01-01")
        #expect(date.startOfWeek(beginning: .sunday).text == "2026-01-25")
    }

    @Test(arguments: ["2026-12-24T24:00", "2026-12-24T7:00", "2026-12-24T17", "2026-12-24T17:60", "2026-12-24 17:00"])
    func `other texts are no times`(text: String) { #expect(LocalDateTime(text) == nil) }

    @Test func `seconds are written only where there are any`() {
        #expect(LocalDateTime("2026-12-24T17:00:00")?.text == "2026-12-24T17:00")
        #expect(LocalDateTime("2026-12-24T17:00:01")?.text == "2026-12-24T17:00:01")
    }
}
