import Calendar
import Testing

@Suite struct DateStyleTests {
    private func day(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }

    @Test(
        arguments: [
            ("en", "24 Dec", "24 Dec 2026", "Thu, 24 Dec 2026", "24 December", "17:05"),
            ("en-US", "Dec 24", "Dec 24, 2026", "Thu, Dec 24, 2026", "December 24", "5:05\u{202F}PM"),
            ("de", "24. Dez.", "24. Dez. 2026", "Do., 24. Dez. 2026", "24. Dezember", "17:05"),
            ("fr", "24 déc.", "24 déc. 2026", "jeu. 24 déc. 2026", "24 décembre", "17:05"),
            ("es", "24 dic", "24 dic 2026", "jue, 24 dic 2026", "24 de diciembre", "17:05"),
            ("ja", "12月24日", "2026年12月24日", "2026年12月24日(木)", "12月24日", "17:05"),
            ("ko", "12월 24일", "2026년 12월 24일", "2026년 12월 24일 (목)", "12월 24일", "오후 5:05"),
            ("ar", "24 ديسمبر", "24 ديسمبر 2026", "الخميس، 24 ديسمبر 2026", "24 ديسمبر", "5:05 م"),
            ("lt", "12-24", "2026-12-24", "2026-12-24, kt", "gruodžio 24 d.", "17:05"),
        ])
    func `dates are written as in the language`(
        tag: String, day: String, year: String, weekday: String, long: String, clock: String
    ) throws {
        let (style, date) = (DateStyle.style(for: tag), try self.day("2026-12-24"))
        #expect(style.day(date).plain == day.plain)
        #expect(style.dayAndYear(date).plain == year.plain)
        #expect(style.weekdayAndDay(date).plain == weekday.plain)
        #expect(style.longDay(date).plain == long.plain)
        #expect(style.clock(17 * 3600 + 5 * 60).plain == clock.plain)
    }

    @Test(
        arguments: [
            ("DE-de", "de"), ("de-LI", "de"), ("pt-BR", "pt"), ("pt-pt", "pt-PT"), ("zh-TW", "zh-Hant"),
            ("zh-Hant-HK", "zh-Hant"), ("zh-Hans-HK", "zh"), ("zh-CN", "zh"), ("no", "nb"), ("nn-NO", "nn"),
            ("sr-Latn-RS", "sr-Latn"), ("sr-RS", "sr"),
            ("en-Latn-US", "en-US"), ("de-Latn-AT-1996", "de-AT"), ("tlh", "en"), ("", "en"), ("-", "en"), ("fa", "en"),
        ])
    func `the nearest language is found`(tag: String, found: String) {
        #expect(DateStyle.style(for: tag).language == found)
    }

    @Test func `clocks of twelve hours have no hour 0, and those of 24 have`() {
        let (twelve, whole) = (DateStyle.style(for: "en-US"), DateStyle.style(for: nil))
        #expect([0, 43_200, 82_800].map { twelve.clock($0).plain } == ["12:00 AM", "12:00 PM", "11:00 PM"])
        #expect([0, 43_200, 82_800].map { whole.clock($0) } == ["00:00", "12:00", "23:00"])
        #expect(whole.clock(61) == "00:01:01")
        #expect(DateStyle.style(for: "da").clock(61) == "00.01.01")
    }

    @Test func `days nearby and weekdays have names, the labels with a capital`() throws {
        let french = DateStyle.style(for: "fr-BE")
        #expect([french.yesterday, french.today, french.tomorrow] == ["Hier", "Aujourd’hui", "Demain"])
        #expect(DateStyle.style(for: "ka").yesterday == "გუშინ")
        let monday = try day("2026-11-30")
        #expect(french.weekday(monday) == "lun.")
        #expect(french.longWeekday(monday) == "Lundi")
    }
}

extension String {
    /// With plain spaces in place of narrow ones that do not break.
    fileprivate var plain: String {
        String(map { $0 == "\u{202F}" || $0 == "\u{A0}" ? " " : $0 })
    }
}
