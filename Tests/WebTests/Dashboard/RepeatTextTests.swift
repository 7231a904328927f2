import Calendar
import Domain
import Testing

@testable import Web

@Suite struct RepeatTextTests {
    @Test(
        arguments: [
            ("FREQ=DAILY", "Every day"), ("FREQ=DAILY;INTERVAL=3", "Every 3 days"), ("FREQ=WEEKLY", "Every week"),
            ("FREQ=WEEKLY;BYDAY=MO", "Every Monday"), ("FREQ=WEEKLY;BYDAY=FR,MO", "Every Monday and Friday"),
            ("FREQ=WEEKLY;BYDAY=MO,SU;WKST=SU", "Every Sunday and Monday"),
            ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "Every Monday, Wednesday and Friday"),
            ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every weekday"),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR", "Every 2 weeks on weekdays"),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "Every 2 weeks on Tuesday"),
            ("FREQ=MONTHLY", "Every month"), ("FREQ=MONTHLY;BYMONTHDAY=1", "Every month on the 1st"),
            ("FREQ=MONTHLY;BYMONTHDAY=22,-1,11,3", "Every month on the 3rd, 11th, 22nd and last day"),
            ("FREQ=MONTHLY;BYDAY=1MO", "Every month on the first Monday"),
            ("FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR", "Every 2 months on the last Friday"),
            ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "Every month on the last weekday"),
            ("FREQ=YEARLY", "Every year"), ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "Every year on 24 December"),
            ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "Every year on 29 February"),
            ("FREQ=DAILY;COUNT=5", "Every day, 5 times"), ("FREQ=DAILY;COUNT=1", "Every day, once"),
            ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20261224", "Every Monday, until 24 Dec 2026"),
        ])
    func `common rules are told in words`(rule: String, words: String) throws {
        #expect(RepeatText(TaskRepeat(try Recurrence(rule), from: .due)).text == words)
        #expect(RepeatText(TaskRepeat(try Recurrence(rule), from: .completion)).text == words + ", after completion")
    }

    @Test func `dates in it are those of the reader's English`() throws {
        let repeats = TaskRepeat(try Recurrence("FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=4;UNTIL=20300704"), from: .due)
        func text(_ language: String) -> String {
            RepeatText(repeats, dates: DateFormat(UserLocale(language: language), .system)).text
        }
        #expect(text("en-US") == "Every year on July 4, until Jul 4, 2030")
        #expect(text("de") == "Every year on 4 July, until 4 Jul 2030")
    }

    @Test(
        arguments: [
            "FREQ=HOURLY", "FREQ=DAILY;BYMONTH=5", "FREQ=DAILY;BYHOUR=9", "FREQ=WEEKLY;BYDAY=MO;BYMONTH=1",
            "FREQ=MONTHLY;BYMONTHDAY=-2", "FREQ=MONTHLY;BYDAY=MO", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1,2",
            "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=1", "FREQ=YEARLY;BYDAY=20MO", "FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=1",
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "FREQ=YEARLY;BYYEARDAY=100",
        ])
    func `a rule that no sentence tells is shown as it is`(rule: String) throws {
        let recurrence = try Recurrence(rule)
        #expect(RepeatText(TaskRepeat(recurrence, from: .due)).text == "Custom: " + recurrence.text)
    }
}
