import Basics
import Calendar
import Domain

/// A repeat in words: `Every Monday`, `Every 2 months on the 1st and 15th`, `Every year on 24 December, 5 times`.
struct RepeatText {
    let text: String

    /// - Parameter dates: the reader's, which count where they are English, as the words are.
    init(_ repeats: TaskRepeat, dates: DateFormat = .unknown) {
        let style = dates.language == nil ? dates.style : DateFormat.unknown.style
        let words = repeats.recurrence.rule.flatMap { Self.words(for: $0, style) }
        let ending = repeats.anchor == .completion ? ", after completion" : ""
        text = (words ?? "Custom: " + repeats.recurrence.text) + ending
    }

    /// Nil for a rule that no short sentence tells.
    private static func words(for rule: RecurrenceRule, _ style: DateStyle) -> String? {
        let start = RecurrenceRule(rule.frequency, interval: rule.interval)
        var plain = rule
        (plain.end, plain.weekStart) = (nil, start.weekStart)
        let times: String?
        switch rule.frequency {
        case .daily: times = plain == start ? every(rule, "day") : nil
        case .weekly:
            plain.days = []
            times = plain == start ? weekly(rule) : nil
        case .monthly:
            (plain.days, plain.monthDays, plain.positions) = ([], [], [])
            times = plain == start ? monthly(rule) : nil
        case .yearly:
            (plain.months, plain.monthDays) = ([], [])
            times = plain == start ? yearly(rule, style) : nil
        }
        return times.map { $0 + end(rule, style) }
    }

    private static func every(_ rule: RecurrenceRule, _ unit: String) -> String {
        rule.interval == 1 ? "Every \(unit)" : "Every \(rule.interval) \(unit)s"
    }

    private static let workdays: Set<Weekday> = [.monday, .tuesday, .wednesday, .thursday, .friday]

    private static func weekly(_ rule: RecurrenceRule) -> String {
        guard !rule.days.isEmpty else { return every(rule, "week") }
        let days = Set(rule.days.map(\.weekday))
        let first = rule.weekStart
        let named = days.sorted { $0.days(since: first) < $1.days(since: first) }.map(\.name.withInitialCapital)
        if rule.interval == 1 { return "Every " + (days == workdays ? "weekday" : list(named)) }
        return "\(every(rule, "week")) on " + (days == workdays ? "weekdays" : list(named))
    }

    private static func monthly(_ rule: RecurrenceRule) -> String? {
        let month = every(rule, "month")
        if rule.days.isEmpty, rule.positions.isEmpty {
            guard !rule.monthDays.isEmpty else { return month }
            let days = rule.monthDays.sorted { ($0 < 0 ? $0 + 32 : $0) < ($1 < 0 ? $1 + 32 : $1) }
            let named = days.compactMap { $0 > 0 ? ordinal($0) : $0 == -1 ? "last day" : nil }
            return named.count == days.count ? "\(month) on the \(list(named))" : nil
        }
        guard rule.monthDays.isEmpty else { return nil }
        let isOfWorkdays = rule.days.allSatisfy { $0.ordinal == nil } && Set(rule.days.map(\.weekday)) == workdays
        if isOfWorkdays, rule.positions.count == 1 {
            return place(rule.positions[0]).map { "\(month) on the \($0) weekday" }
        }
        guard rule.positions.isEmpty, rule.days.count == 1, let number = rule.days[0].ordinal else { return nil }
        return place(number).map { "\(month) on the \($0) \(rule.days[0].weekday.name.withInitialCapital)" }
    }

    private static func yearly(_ rule: RecurrenceRule, _ style: DateStyle) -> String? {
        if rule.months.isEmpty, rule.monthDays.isEmpty { return every(rule, "year") }
        guard rule.months.count == 1, rule.monthDays.count == 1,
            // A leap year has each day that there is.
            let date = CalendarDate(year: 2000, month: rule.months[0], day: rule.monthDays[0])
        else { return nil }
        return "\(every(rule, "year")) on \(style.longDay(date))"
    }

    private static func end(_ rule: RecurrenceRule, _ style: DateStyle) -> String {
        switch rule.end {
        case nil: ""
        case .count(1): ", once"
        case .count(let count): ", \(count) times"
        case .until(.day(let date)): ", until \(style.dayAndYear(date))"
        case .until(.local(let time)), .until(.utc(let time)): ", until \(style.dayAndYear(time.date))"
        }
    }

    /// The place of a day in a month, from its end if negative.
    private static func place(_ number: Int) -> String? {
        [1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "second to last"][number]
    }

    /// `1st`, `22nd`, `13th`.
    private static func ordinal(_ number: Int) -> String {
        let ending =
            switch number {
            case 11...13: "th"
            default: [1: "st", 2: "nd", 3: "rd"][number % 10] ?? "th"
            }
        return "\(number)\(ending)"
    }

    /// `Monday`, `Monday and Friday`, `Monday, Wednesday and Friday`.
    private static func list(_ words: [String]) -> String {
        words.count < 2
            ? words.joined() : words.dropLast().joined(separator: ", ") + " and " + (words.last ?? "")
    }
}
