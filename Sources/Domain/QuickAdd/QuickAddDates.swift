import Calendar

/// Reads phrases that name a day or a time. A phrase is read as a whole or not at all, and a day that does not exist is
/// none.
struct QuickAddDates {
    let context: QuickAddContext

    struct Found {
        var date: CalendarDate
        /// Seconds since midnight.
        var time: Int?
        /// True if a word such as `by` says that it is a date.
        var hasLead = false
    }

    private typealias Vocabulary = QuickAddVocabulary

    /// - Parameter isBeforeTime: true if a time follows the phrase.
    func date(_ words: ArraySlice<String>, isBeforeTime: Bool = false) -> Found? {
        guard let first = words.first else { return nil }
        if words.count == 3, words.starts(with: ["on", "the"]), let day = words.last.flatMap(Vocabulary.ordinal) {
            return nextDay(of: day).map { Found(date: $0, hasLead: true) }
        }
        let hasLead = Vocabulary.leads.contains(first)
        let rest = Array(hasLead ? words.dropFirst() : words)
        let mayBeShort = hasLead || isBeforeTime
        guard var found = bare(rest, mayBeShort: mayBeShort) else { return nil }
        // "in 3 days" has a word of its own.
        found.hasLead = hasLead || rest.first == "in"
        return found
    }

    private func bare(_ words: [String], mayBeShort: Bool) -> Found? {
        if words.count == 3, words[0] == "in" { return distance(words[1], words[2]) }
        let date: CalendarDate?
        switch words.count {
        case 1: date = oneWord(words[0], mayBeShort: mayBeShort)
        case 2 where words[0] == "next": date = next(words[1])
        case 3 where words == ["end", "of", "month"]: date = context.today.endOfMonth
        case 2, 3: date = monthAndDay(words)
        default: date = nil
        }
        return date.map { Found(date: $0) }
    }

    /// `today`, `tomorrow`, a weekday or an ISO date.
    func oneWord(_ word: String, mayBeShort: Bool) -> CalendarDate? {
        switch word {
        case "today": return context.today
        case "tomorrow": return context.today.adding(days: 1)
        default: break
        }
        if let weekday = mayBeShort ? Vocabulary.anyWeekday(word) : Vocabulary.weekdays[word] { return coming(weekday) }
        return CalendarDate(word)
    }

    /// `+3d`, `+2w`, `+1m` or `+1y`.
    func keyedDistance(_ word: String) -> CalendarDate? {
        guard word.hasPrefix("+"), let number = Vocabulary.number(String(word.dropFirst().dropLast())) else {
            return nil
        }
        let units: [Character: Vocabulary.Unit] = ["d": .day, "w": .week, "m": .month, "y": .year]
        return word.last.flatMap { units[$0] }.flatMap { today(plus: number, $0) }
    }

    /// Nil for units of time.
    private func today(plus number: Int, _ unit: Vocabulary.Unit) -> CalendarDate? {
        switch unit {
        case .day: context.today.adding(days: number)
        case .week: context.today.adding(days: 7 * number)
        case .month: context.today.adding(months: number)
        case .year: context.today.adding(months: 12 * number)
        case .hour, .minute: nil
        }
    }

    /// The next such day, which is never today.
    private func coming(_ weekday: Weekday) -> CalendarDate {
        let days = weekday.days(since: context.today.weekday)
        return context.today.adding(days: days == 0 ? 7 : days)
    }

    private func next(_ word: String) -> CalendarDate? {
        let week = context.today.startOfWeek(beginning: context.weekStart).adding(days: 7)
        switch word {
        case "week": return week
        case "month": return context.today.startOfMonth.adding(months: 1)
        default:
            return Vocabulary.anyWeekday(word).map { week.adding(days: $0.days(since: context.weekStart)) }
        }
    }

    /// `24 dec`, `dec 24th`, either with a year.
    private func monthAndDay(_ words: [String]) -> CalendarDate? {
        let (month, day): (Int, Int)
        if let number = Vocabulary.months[words[0]], let number2 = Vocabulary.dayOfMonth(words[1]) {
            (month, day) = (number, number2)
        } else if let number = Vocabulary.months[words[1]], let number2 = Vocabulary.dayOfMonth(words[0]) {
            (month, day) = (number, number2)
        } else {
            return nil
        }
        if words.count == 3 {
            guard words[2].utf8.count == 4, let year = Int(digits: words[2]) else { return nil }
            return CalendarDate(year: year, month: month, day: day)
        }
        return coming(month: month, day: day)
    }

    /// The next such day, today included; 29 February may be years away.
    private func coming(month: Int, day: Int) -> CalendarDate? {
        (context.today.year...(context.today.year + 8)).lazy
            .compactMap { CalendarDate(year: $0, month: month, day: day) }
            .first { $0 >= context.today }
    }

    /// The next such day of a month, today included.
    private func nextDay(of day: Int) -> CalendarDate? {
        (0...2).lazy.map { context.today.startOfMonth.adding(months: $0) }
            .filter { day <= $0.endOfMonth.day }.map { $0.adding(days: day - 1) }
            .first { $0 >= context.today }
    }

    private func distance(_ count: String, _ unit: String) -> Found? {
        guard let number = Vocabulary.number(count), let unit = Vocabulary.unit(unit) else { return nil }
        if let date = today(plus: number, unit) { return Found(date: date) }
        let moment = context.now.adding(seconds: Int64(number * (unit == .hour ? 3600 : 60)))
        let local = context.rules.local(at: moment)
        return Found(date: local.date, time: local.secondOfDay / 60 * 60)
    }

    /// A time in seconds since midnight; `needsDate` if it is one only after a date.
    func time(_ words: ArraySlice<String>) -> (time: Int, needsDate: Bool, hasLead: Bool)? {
        guard let last = words.last else { return nil }
        let hasLead = words.count == 2 && words.first == "at"
        guard words.count == 1 || hasLead else { return nil }
        if let time = Vocabulary.halfDayTime(last) { return (time, false, hasLead) }
        return Vocabulary.clockTime(last).map { ($0, !hasLead, hasLead) }
    }
}
