import Calendar

/// Reads phrases that begin with `every`.
enum QuickAddRepeats {
    private typealias Vocabulary = QuickAddVocabulary

    /// Nil for a phrase that is not a repeat as a whole.
    static func rule(_ words: ArraySlice<String>) -> TaskRepeat? {
        let rest = Array(words.dropFirst())
        switch words.first {
        case "every": return (plain(rest) ?? days(rest) ?? places(rest)).map { TaskRepeat(.computed($0), from: .due) }
        case "every!": return plain(rest).map { TaskRepeat(.computed($0), from: .completion) }
        default: return nil
        }
    }

    /// `day`, `other week`, `3 months`.
    private static func plain(_ words: [String]) -> RecurrenceRule? {
        guard let (interval, rest) = interval(words), rest.count == 1, let unit = Vocabulary.unit(rest[0]) else {
            return nil
        }
        switch unit {
        case .day: return RecurrenceRule(.daily, interval: interval)
        case .week: return RecurrenceRule(.weekly, interval: interval)
        case .month: return RecurrenceRule(.monthly, interval: interval)
        case .year: return RecurrenceRule(.yearly, interval: interval)
        case .hour, .minute: return nil
        }
    }

    private static func interval(_ words: [String]) -> (Int, [String])? {
        guard let first = words.first else { return nil }
        if first == "other" { return (2, Array(words.dropFirst())) }
        if let number = Vocabulary.number(first) { return (number, Array(words.dropFirst())) }
        return (1, words)
    }

    /// `weekday`, `mon, wed and fri`, `other thursday`.
    private static func days(_ words: [String]) -> RecurrenceRule? {
        if words == ["weekday"] { return weekly(1, Array(Weekday.allCases.prefix(5))) }
        guard let (interval, rest) = interval(words), !rest.isEmpty, rest.last != "and" else { return nil }
        var found: [Weekday] = []
        for (index, word) in rest.enumerated() where !(word == "and" && index > 0) {
            let name = word.hasSuffix(",") && index < rest.count - 1 ? String(word.dropLast()) : word
            guard let day = Vocabulary.anyWeekday(name) else { return nil }
            if !found.contains(day) { found.append(day) }
        }
        return weekly(interval, found)
    }

    private static func weekly(_ interval: Int, _ days: [Weekday]) -> RecurrenceRule {
        var rule = RecurrenceRule(.weekly, interval: interval)
        rule.days = days.map { RecurrenceRule.Day($0) }
        return rule
    }

    /// `15th`, `last day`, `2nd tuesday`, `last friday`, `dec 10`.
    private static func places(_ words: [String]) -> RecurrenceRule? {
        var rule = RecurrenceRule(.monthly)
        switch words.count {
        case 1:
            guard let day = Vocabulary.ordinal(words[0]) else { return nil }
            return rule.onDay(day)
        case 2 where words == ["last", "day"]:
            rule.monthDays = [-1]
            return rule
        case 2:
            let ordinal = words[0] == "last" ? -1 : Vocabulary.ordinal(words[0]).flatMap { $0 <= 5 ? $0 : nil }
            if let ordinal, let weekday = Vocabulary.anyWeekday(words[1]) {
                rule.days = [.init(weekday, ordinal: ordinal)]
                return rule
            }
            return yearly(words[0], words[1]) ?? yearly(words[1], words[0])
        default: return nil
        }
    }

    private static func yearly(_ month: String, _ day: String) -> RecurrenceRule? {
        // 2000 was a leap year.
        guard let month = Vocabulary.months[month], let day = Vocabulary.dayOfMonth(day),
            day <= CalendarDate.daysInMonth(month, of: 2000)
        else { return nil }
        var rule = RecurrenceRule(.yearly)
        rule.months = [month]
        guard month == 2, day == 29 else {
            rule.monthDays = [day]
            return rule
        }
        return rule.onDay(day)
    }
}

extension RecurrenceRule {
    /// On this day of the month, or on the last one where the month is shorter.
    func onDay(_ day: Int) -> RecurrenceRule {
        var rule = self
        rule.monthDays = day > 28 ? Array(28...day) : [day]
        if day > 28 { rule.positions = [-1] }
        return rule
    }

    /// The rule as people mean it who begin on this day: a month after the 31st is a month's last day.
    func beginning(on date: CalendarDate) -> RecurrenceRule {
        guard isPlain, date.day > 28 else { return self }
        switch frequency {
        case .monthly: return onDay(date.day)
        case .yearly where date.month == 2:
            var rule = onDay(date.day)
            rule.months = [2]
            return rule
        default: return self
        }
    }
}
