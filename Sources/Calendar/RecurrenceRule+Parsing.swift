import Basics

// The grammar of RFC 5545, section 3.3.10, with its table of what goes with which frequency, and sentences for what
// does not.
extension RecurrenceRule {
    /// - Parameter text: the value of an RRULE property, in letters of either case and any order.
    package init(_ text: String) throws(RecurrenceError) {
        try self.init(try Self.parts(of: text))
    }

    /// - Parameter parts: as `parts(of:)` reads them.
    init(_ parts: [String: String]) throws(RecurrenceError) {
        guard let name = parts["FREQ"] else {
            throw RecurrenceError("A repeat needs FREQ, such as FREQ=WEEKLY.")
        }
        guard let frequency = Frequency(rawValue: name) else {
            throw RecurrenceError("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.")
        }
        self.init(frequency)
        if let text = parts["INTERVAL"] {
            guard let number = Int(digits: text), Self.intervals.contains(number) else {
                throw RecurrenceError("INTERVAL must be a number from 1 to 999.")
            }
            interval = number
        }
        months = try Self.numbers("BYMONTH", parts, 1...12)
        monthDays = try Self.numbers("BYMONTHDAY", parts, 1...31, fromEnd: true)
        yearDays = try Self.numbers("BYYEARDAY", parts, 1...366, fromEnd: true)
        weekNumbers = try Self.numbers("BYWEEKNO", parts, 1...53, fromEnd: true)
        hours = try Self.numbers("BYHOUR", parts, 0...23)
        minutes = try Self.numbers("BYMINUTE", parts, 0...59)
        seconds = try Self.numbers("BYSECOND", parts, 0...59)
        positions = try Self.numbers("BYSETPOS", parts, 1...366, fromEnd: true)
        days = try Self.days(parts["BYDAY"])
        if let text = parts["WKST"] {
            guard let day = Weekday(code: text) else {
                throw RecurrenceError("WKST must be a day of the week: MO, TU, WE, TH, FR, SA or SU.")
            }
            weekStart = day
        }
        end = try Self.end(parts)
        try checkCombinations(parts)
    }

    private static let names: Set<String> = [
        "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYYEARDAY", "BYWEEKNO", "BYHOUR",
        "BYMINUTE", "BYSECOND", "BYSETPOS", "WKST", "RSCALE", "SKIP",
    ]
    /// Of the text of a rule, in bytes.
    package static let maximumLength = 500
    /// More would be a flood of tasks.
    private static let maximumTimes = 24

    /// The parts of a rule in capital letters.
    static func parts(of text: String) throws(RecurrenceError) -> [String: String] {
        guard text.utf8.count <= maximumLength else {
            throw RecurrenceError("A repeat may have at most \(maximumLength) characters.")
        }
        var parts: [String: String] = [:]
        for part in text.uppercased().split(separator: ";", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[1].isEmpty else {
                throw RecurrenceError("A repeat is written as NAME=VALUE;NAME=VALUE, such as FREQ=WEEKLY;BYDAY=MO.")
            }
            let name = String(pair[0])
            guard names.contains(name) else {
                throw RecurrenceError("A repeat has no part of the name \(name.shortened).")
            }
            guard parts.updateValue(String(pair[1]), forKey: name) == nil else {
                throw RecurrenceError("\(name) stands twice in the repeat.")
            }
        }
        return parts
    }

    /// - Parameter fromEnd: true if negative numbers count from the end.
    private static func numbers(
        _ name: String, _ parts: [String: String], _ range: ClosedRange<Int>, fromEnd: Bool = false
    ) throws(RecurrenceError) -> [Int] {
        guard let text = parts[name] else { return [] }
        var numbers: [Int] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let isNegative = fromEnd && item.hasPrefix("-")
            let digits = isNegative ? item.dropFirst() : fromEnd && item.hasPrefix("+") ? item.dropFirst() : item
            guard digits.utf8.count <= 3, let number = Int(digits: digits), range.contains(number) else {
                let end = fromEnd ? ", or from -\(range.upperBound) to -\(range.lowerBound), counted from the end" : ""
                throw RecurrenceError(
                    "\(name) takes numbers from \(range.lowerBound) to \(range.upperBound)\(end).")
            }
            let value = isNegative ? -number : number
            if !numbers.contains(value) { numbers.append(value) }
        }
        return numbers
    }

    private static func days(_ text: String?) throws(RecurrenceError) -> [Day] {
        guard let text else { return [] }
        var days: [Day] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let digits = item.dropLast(2)
            let ordinal = Int(digits: digits.drop { $0 == "-" || $0 == "+" }).map { item.hasPrefix("-") ? -$0 : $0 }
            guard let weekday = Weekday(code: item.suffix(2)),
                digits.isEmpty || (digits.utf8.count <= 3 && (ordinal.map { (1...53).contains(abs($0)) } ?? false)),
                !digits.dropFirst().contains(where: { $0 == "-" || $0 == "+" })
            else {
                throw RecurrenceError("BYDAY takes days such as MO, and for a place in the month 2MO or -1FR.")
            }
            let day = Day(weekday, ordinal: ordinal)
            if !days.contains(day) { days.append(day) }
        }
        return days
    }

    private static func end(_ parts: [String: String]) throws(RecurrenceError) -> End? {
        switch (parts["COUNT"], parts["UNTIL"]) {
        case (nil, nil): return nil
        case (.some, .some): throw RecurrenceError("A repeat ends by COUNT or by UNTIL, not by both.")
        case (let text?, nil):
            guard text.utf8.count <= 5, let count = Int(digits: text), count > 0 else {
                throw RecurrenceError("COUNT must be a number from 1 to 99999.")
            }
            return .count(count)
        case (nil, let text?):
            guard let until = Until(text) else {
                throw RecurrenceError("UNTIL must be a date such as 20261224, or a time such as 20261224T170000Z.")
            }
            return .until(until)
        }
    }

    private func checkCombinations(_ parts: [String: String]) throws(RecurrenceError) {
        let hasOrdinals = days.contains { $0.ordinal != nil }
        if hasOrdinals, frequency != .monthly, frequency != .yearly {
            throw RecurrenceError("A place such as 2MO needs FREQ=MONTHLY or FREQ=YEARLY.")
        }
        if hasOrdinals, !weekNumbers.isEmpty {
            throw RecurrenceError("A place such as 2MO does not go with BYWEEKNO.")
        }
        if frequency == .weekly, !monthDays.isEmpty {
            throw RecurrenceError("BYMONTHDAY does not go with FREQ=WEEKLY.")
        }
        if frequency != .yearly, !weekNumbers.isEmpty { throw RecurrenceError("BYWEEKNO needs FREQ=YEARLY.") }
        if frequency != .yearly, !yearDays.isEmpty { throw RecurrenceError("BYYEARDAY needs FREQ=YEARLY.") }
        let times = [hours, minutes, seconds].reduce(1) { $0 * ($1.isEmpty ? 1 : $1.count) }
        guard times <= Self.maximumTimes else {
            throw RecurrenceError("A repeat may have at most \(Self.maximumTimes) times a day.")
        }
        let others = parts.keys.contains { $0.hasPrefix("BY") && $0 != "BYSETPOS" }
        if !positions.isEmpty, !others {
            throw RecurrenceError("BYSETPOS picks from what another part, such as BYDAY, has found.")
        }
    }
}

extension String {
    /// At most 20 characters, for a sentence.
    fileprivate var shortened: String { count <= 20 ? self : prefix(20) + "…" }
}
