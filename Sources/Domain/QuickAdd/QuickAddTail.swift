import Calendar

/// The phrases at the end of a line: at most one date or repeat, one time, and the start and the end of a repeat.
struct QuickAddTail {
    struct Phrase {
        let field: QuickAddField
        /// The words, by index.
        let range: Range<Int>
    }

    private enum Meaning {
        case date(QuickAddDates.Found)
        case repeats(TaskRepeat)
        case time(Int, needsDate: Bool, hasLead: Bool)
        case starting(CalendarDate)
        case until(CalendarDate)

        var isDateOrRepeat: Bool {
            switch self {
            case .date, .repeats: true
            case .time, .starting, .until: false
            }
        }

        var field: QuickAddField {
            switch self {
            case .date, .time: .due
            case .repeats, .starting, .until: .repeat
            }
        }
    }

    /// The most words of a phrase.
    static let maximumLength = 10

    /// From the end of the line.
    private(set) var phrases: [Phrase] = []
    private var date: CalendarDate?
    private var time: Int?
    private var rule: TaskRepeat?
    private var starting: CalendarDate?
    private var until: CalendarDate?
    /// The index of the first word of the tail.
    private(set) var start: Int

    /// A repeat alone.
    init(repeating rule: TaskRepeat) {
        self.rule = rule
        start = 0
    }

    /// Nil if the line ends in nothing that is understood.
    /// - Parameter mayHaveDate: false if a date was given otherwise.
    init?(_ words: [String], dates: QuickAddDates, mayHaveDate: Bool) {
        start = words.count
        /// The state before a time that needs a date on its left, or before the start or the end of a repeat.
        var beforeTime: QuickAddTail?
        var beforeBounds: QuickAddTail?
        while let (range, meaning) = Self.phrase(words, upTo: start, dates, isBeforeTime: isAtTime) {
            guard range.lowerBound > 0, accepts(meaning, mayHaveDate: mayHaveDate) else { break }
            if Self.isGuarded(meaning, by: words[range.lowerBound - 1]) { return nil }
            if let before = beforeTime {
                guard meaning.isDateOrRepeat else {
                    self = before
                    beforeTime = nil
                    break
                }
                beforeTime = nil
            }
            if case .time(_, needsDate: true, _) = meaning { beforeTime = self }
            if case .starting = meaning, beforeBounds == nil { beforeBounds = self }
            if case .until = meaning, beforeBounds == nil { beforeBounds = self }
            take(meaning, range)
        }
        if let beforeTime { self = beforeTime }
        if let beforeBounds, rule == nil { self = beforeBounds }
        guard !phrases.isEmpty else { return nil }
    }

    /// The longest phrase that ends at a word.
    private static func phrase(
        _ words: [String], upTo end: Int, _ dates: QuickAddDates, isBeforeTime: Bool
    ) -> (Range<Int>, Meaning)? {
        for first in max(0, end - maximumLength)..<max(0, end) {
            let slice = words[first..<end]
            if let meaning = meaning(slice, dates, isBeforeTime: isBeforeTime) { return (first..<end, meaning) }
        }
        return nil
    }

    private static func meaning(
        _ words: ArraySlice<String>, _ dates: QuickAddDates, isBeforeTime: Bool
    ) -> Meaning? {
        guard !words.contains("") else { return nil }
        switch words.first {
        case "every", "every!": return QuickAddRepeats.rule(words).map(Meaning.repeats)
        case "starting": return dates.date(words.dropFirst()).map { .starting($0.date) }
        case "until": return dates.date(words.dropFirst()).map { .until($0.date) }
        default:
            if let found = dates.date(words, isBeforeTime: isBeforeTime) { return .date(found) }
            return dates.time(words).map { .time($0.time, needsDate: $0.needsDate, hasLead: $0.hasLead) }
        }
    }

    /// True if the word on the left makes a name of a date.
    private static func isGuarded(_ meaning: Meaning, by word: String) -> Bool {
        guard QuickAddVocabulary.guards.contains(word) else { return false }
        return switch meaning {
        case .date(let found): !found.hasLead
        case .time(_, _, let hasLead): !hasLead
        case .repeats, .starting, .until: false
        }
    }

    /// True if the last phrase taken is a time.
    private var isAtTime: Bool { time != nil && date == nil && rule == nil && start == timeStart }
    private var timeStart: Int?

    private func accepts(_ meaning: Meaning, mayHaveDate: Bool) -> Bool {
        switch meaning {
        case .date(let found): mayHaveDate && date == nil && rule == nil && (found.time == nil || time == nil)
        case .repeats: mayHaveDate && date == nil && rule == nil
        case .time: time == nil
        case .starting: starting == nil && rule == nil
        case .until: until == nil && rule == nil
        }
    }

    private mutating func take(_ meaning: Meaning, _ range: Range<Int>) {
        start = range.lowerBound
        switch meaning {
        case .date(let found): (date, time) = (found.date, found.time ?? time)
        case .repeats(let found): rule = found
        case .time(let found, _, _): (time, timeStart) = (found, range.lowerBound)
        case .starting(let found): starting = found
        case .until(let found): until = found
        }
        phrases.append(Phrase(field: meaning.field, range: range))
    }

    // MARK: The result

    /// The due date and the repeat.
    /// - Parameter given: a date that was given otherwise.
    func due(on given: CalendarDate?, _ context: QuickAddContext) -> (time: CalendarTime?, repeats: TaskRepeat?)? {
        if let rule { return firstInstance(of: rule, context) }
        guard let time else { return (date.map(CalendarTime.day), nil) }
        if let day = date ?? given { return (context.time(day, time), nil) }
        // A time alone is today, or tomorrow if it is past.
        let day = time > context.local.secondOfDay ? context.today : context.today.adding(days: 1)
        return (context.time(day, time), nil)
    }

    /// Nil if the rule has no instance.
    private func firstInstance(
        of repeats: TaskRepeat, _ context: QuickAddContext
    ) -> (time: CalendarTime?, repeats: TaskRepeat?)? {
        guard var rule = repeats.recurrence.rule else { return nil }
        if let until { rule.end = .until(.day(until)) }
        let first = starting ?? context.today
        if repeats.anchor == .due { rule = rule.beginning(on: first) }
        // The first one decides which weeks or months the others lie in.
        var search = rule
        search.interval = 1
        let from = time.map { context.time(first, $0) } ?? CalendarTime.day(first)
        let found = search.instances(from: from, in: context.rules).first { instance in
            instance.local.map { $0 > context.local } ?? true
        }
        return found.map { ($0, TaskRepeat(.computed(rule), from: repeats.anchor)) }
    }
}
