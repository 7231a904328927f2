import Basics
import Calendar

/// The English words of quick add. All are in lower case.
enum QuickAddVocabulary {
    /// Words that go with a date.
    static let leads: Set<String> = ["on", "by", "due", "for", "before"]

    /// Words after which a date is part of a name.
    static let guards: Set<String> = [
        "the", "a", "an", "my", "our", "your", "his", "her", "their", "of", "was", "is", "and", "or", "&", "vs",
        "called",
        "named",
    ]

    static let weekdays: [String: Weekday] = [
        "monday": .monday, "tuesday": .tuesday, "wednesday": .wednesday, "thursday": .thursday, "friday": .friday,
        "saturday": .saturday, "sunday": .sunday, "mon": .monday, "tue": .tuesday, "tues": .tuesday, "wed": .wednesday,
        "thu": .thursday, "thur": .thursday, "thurs": .thursday, "fri": .friday,
    ]

    /// Words that are days only in company, as they have other meanings.
    static let ambiguousWeekdays: [String: Weekday] = ["sat": .saturday, "sun": .sunday]

    static func anyWeekday(_ word: String) -> Weekday? { weekdays[word] ?? ambiguousWeekdays[word] }

    /// By names and their first three letters.
    static let months: [String: Int] = {
        let names = [
            "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
            "november",
            "december",
        ]
        var months = ["sept": 9]
        for (index, name) in names.enumerated() {
            months[name] = index + 1
            months[String(name.prefix(3))] = index + 1
        }
        return months
    }()

    enum Unit: String {
        case minute, hour, day, week, month, year
    }

    /// Singular or plural.
    static func unit(_ word: String) -> Unit? { Unit(rawValue: word.hasSuffix("s") ? String(word.dropLast()) : word) }

    /// A number of at most three digits, from 1.
    static func number(_ word: String) -> Int? {
        guard word.utf8.count <= 3, let number = Int(digits: word), number > 0 else { return nil }
        return number
    }

    /// `1st`, `22nd` or `3rd`, from 1 to 31, with its own ending.
    static func ordinal(_ word: String) -> Int? {
        guard let number = Int(digits: word.dropLast(2)), (1...31).contains(number) else { return nil }
        let ending =
            switch number {
            case 1, 21, 31: "st"
            case 2, 22: "nd"
            case 3, 23: "rd"
            default: "th"
            }
        return word.hasSuffix(ending) ? number : nil
    }

    /// A day of the month, as a number or an ordinal.
    static func dayOfMonth(_ word: String) -> Int? {
        if let ordinal = ordinal(word) { return ordinal }
        guard word.utf8.count <= 2, let number = Int(digits: word), (1...31).contains(number) else { return nil }
        return number
    }

    /// `5pm`, `5:30pm`: a time that is nothing else.
    static func halfDayTime(_ word: String) -> Int? {
        guard word.hasSuffix("am") || word.hasSuffix("pm") else { return nil }
        let parts = word.dropLast(2).split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts[0].utf8.count <= 2, let hour = Int(digits: parts[0]),
            (1...12).contains(hour)
        else { return nil }
        var minute = 0
        if parts.count == 2 {
            guard parts[1].utf8.count == 2, let number = Int(digits: parts[1]), number < 60 else { return nil }
            minute = number
        }
        return (hour % 12 + (word.hasSuffix("pm") ? 12 : 0)) * 3600 + minute * 60
    }

    /// `17:00`, `9:30` or `noon`: a time in the right company.
    static func clockTime(_ word: String) -> Int? {
        if word == "noon" { return 12 * 3600 }
        guard word.utf8.count == 4 || word.utf8.count == 5 else { return nil }
        return LocalDateTime.secondOfDay(word.utf8.count == 4 ? "0" + word : word)
    }
}
