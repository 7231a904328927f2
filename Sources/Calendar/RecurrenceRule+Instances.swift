import Basics

extension RecurrenceRule {
    /// The instances of the rule from a start, ascending. The start itself is one only if it matches the rule.
    ///
    /// All is computed on the clocks of the start's zone: 09:00 stays 09:00 when summer time begins.
    /// - Parameters:
    ///   - zone: the rules of the start's zone, for an UNTIL in UTC.
    ///   - date: instances before this day may be left out, unless the rule counts them. What began long ago then costs
    ///     no long search.
    package func instances(
        from start: CalendarTime, in zone: TimeZoneRules? = nil, needed date: CalendarDate? = nil
    ) -> Instances {
        var instances = Instances(self, from: start, zone)
        if let date { instances.skip(to: date) }
        return instances
    }

    package struct Instances: Sequence, IteratorProtocol {
        private let rule: RecurrenceRule
        private let start: CalendarTime
        private let zone: TimeZoneRules?
        /// The times of each day, in seconds since midnight.
        private let times: [Int]
        /// The first day of the next period.
        private var period: CalendarDate
        /// The rest of the current period, latest first.
        private var found: [LocalDateTime] = []
        private var count = 0
        private var hasEnded = false
        /// The year after which the search for the next instance ends: the calendar repeats after 400 years.
        private var lastYear: Int
        private static let patience = 400

        fileprivate init(_ rule: RecurrenceRule, from start: CalendarTime, _ zone: TimeZoneRules?) {
            (self.rule, self.start, self.zone) = (rule, start, zone)
            times = start.local.map(rule.times(of:)) ?? [0]
            period =
                switch rule.frequency {
                case .daily: start.date
                case .weekly: start.date.startOfWeek(beginning: rule.weekStart)
                case .monthly: start.date.startOfMonth
                case .yearly: start.date.adding(days: 1 - start.date.dayOfYear)
                }
            lastYear = start.date.year + Self.patience
        }

        /// Begins with the period that the day lies in, or with one before it.
        fileprivate mutating func skip(to date: CalendarDate) {
            if case .count? = rule.end { return }
            let distance =
                switch rule.frequency {
                case .daily: date.dayNumber - period.dayNumber
                case .weekly: (date.dayNumber - period.dayNumber) / 7
                case .monthly: 12 * (date.year - period.year) + date.month - period.month
                case .yearly: date.year - period.year
                }
            let periods = distance / rule.interval
            guard periods > 0 else { return }
            advance(by: periods)
            lastYear = period.year + Self.patience
        }

        package mutating func next() -> CalendarTime? {
            while !hasEnded {
                while let time = found.popLast() {
                    guard time >= start.clock else { continue }
                    hasEnded = isPastEnd(time)
                    guard !hasEnded else { return nil }
                    count += 1
                    lastYear = time.date.year + Self.patience
                    return start.with(time)
                }
                hasEnded = period.year > lastYear || period.year > CalendarDate.years.upperBound
                guard !hasEnded else { return nil }
                if let periods = rule.periodsToNextMonth(from: period) {
                    advance(by: periods)
                } else {
                    found = rule.matches(inPeriodFrom: period, start: start.date, times: times)
                    advance(by: 1)
                }
            }
            return nil
        }

        private func isPastEnd(_ time: LocalDateTime) -> Bool {
            switch rule.end {
            case nil: return false
            case .count(let limit): return count >= limit
            case .until(.day(let last)): return time.date > last
            case .until(.local(let last)), .until(.utc(let last)):
                guard start.local != nil else { return time.date > last.date }
                guard let zone, case .until(.utc) = rule.end else { return time > last }
                return zone.instant(of: time) > TimeZoneRules.utc.instant(of: last)
            }
        }

        private mutating func advance(by periods: Int) {
            let count = periods * rule.interval
            period =
                switch rule.frequency {
                case .daily: period.adding(days: count)
                case .weekly: period.adding(days: 7 * count)
                case .monthly: period.adding(months: count)
                case .yearly: period.adding(months: 12 * count)
                }
        }
    }

    /// The number of periods to the first that reaches into the next month, if the rule leaves out the month or the months
    /// that this one lies in. To look at each day of many years would hold up others.
    private func periodsToNextMonth(from first: CalendarDate) -> Int? {
        guard !months.isEmpty, frequency == .daily || frequency == .weekly else { return nil }
        let length = frequency == .daily ? 1 : 7
        let last = first.adding(days: length - 1)
        guard !months.contains(first.month), !months.contains(last.month) else { return nil }
        let distance = last.endOfMonth.dayNumber + 1 - last.dayNumber
        return (distance - 1) / (length * interval) + 1
    }

    /// Times on the clock in seconds since midnight, ascending.
    private func times(of start: LocalDateTime) -> [Int] {
        let (hour, minute, second) = (start.secondOfDay / 3600, start.secondOfDay / 60 % 60, start.secondOfDay % 60)
        var times: [Int] = []
        for hour in hours.isEmpty ? [hour] : hours {
            for minute in minutes.isEmpty ? [minute] : minutes {
                for second in seconds.isEmpty ? [second] : seconds { times.append(hour * 3600 + minute * 60 + second) }
            }
        }
        return times.sorted()
    }

    /// The instances of one day, week, month or year, latest first.
    private func matches(
        inPeriodFrom first: CalendarDate, start: CalendarDate, times: [Int]
    ) -> [LocalDateTime] {
        let dates = dates(inPeriodFrom: first, start: start)
        guard !dates.isEmpty else { return [] }
        var matches = dates.flatMap { date in times.map { LocalDateTime(date, secondOfDay: $0) } }
        if !positions.isEmpty {
            let indices = Set(positions.map { $0 > 0 ? $0 - 1 : matches.count + $0 })
            matches = indices.sorted().filter(matches.indices.contains).map { matches[$0] }
        }
        return matches.reversed()
    }

    /// The days of one period that match, ascending.
    private func dates(inPeriodFrom first: CalendarDate, start: CalendarDate) -> [CalendarDate] {
        switch frequency {
        case .daily:
            let matcher = MonthMatcher(self, monthOf: first)
            return matcher.isMonthMatched && matcher.matches(first) ? [first] : []
        case .weekly:
            return (0..<7).map { first.adding(days: $0) }.filter { date in
                (months.isEmpty || months.contains(date.month))
                    && (days.isEmpty ? date.weekday == start.weekday : days.contains { $0.weekday == date.weekday })
            }
        case .monthly: return dates(inMonthFrom: first, defaultDay: start.day)
        case .yearly:
            let isExpanded = !monthDays.isEmpty || !yearDays.isEmpty || !weekNumbers.isEmpty || !days.isEmpty
            return (0..<12).flatMap { index -> [CalendarDate] in
                guard isExpanded || !months.isEmpty || index + 1 == start.month else { return [] }
                return dates(
                    inMonthFrom: first.adding(months: index), defaultDay: isExpanded ? nil : start.day,
                    defaultWeekday: !weekNumbers.isEmpty && days.isEmpty ? start.weekday : nil)
            }
        }
    }

    /// - Parameters:
    ///   - defaultDay: the day of the month if no part of the rule says which.
    ///   - defaultWeekday: the day of the weeks that BYWEEKNO selects.
    private func dates(
        inMonthFrom first: CalendarDate, defaultDay: Int?, defaultWeekday: Weekday? = nil
    ) -> [CalendarDate] {
        let matcher = MonthMatcher(self, monthOf: first)
        guard matcher.isMonthMatched else { return [] }
        if let defaultDay, monthDays.isEmpty, days.isEmpty {
            return defaultDay <= matcher.length ? [first.adding(days: defaultDay - 1)] : []
        }
        return (0..<matcher.length).map { first.adding(days: $0) }.filter { date in
            matcher.matches(date) && (defaultWeekday.map { date.weekday == $0 } ?? true)
        }
    }

    /// Decides whether days of one month match all parts of a rule that concern days.
    private struct MonthMatcher {
        private let rule: RecurrenceRule
        private let first: CalendarDate
        private let year, month: Int
        let length: Int

        init(_ rule: RecurrenceRule, monthOf date: CalendarDate) {
            self.rule = rule
            first = date.startOfMonth
            (year, month, _) = first.parts
            length = CalendarDate.daysInMonth(month, of: year)
        }

        var isMonthMatched: Bool { rule.months.isEmpty || rule.months.contains(month) }

        func matches(_ date: CalendarDate) -> Bool {
            let day = date.dayNumber - first.dayNumber + 1
            return has(rule.monthDays, day, of: length) && matchesYearDay(date) && matchesWeekNumber(date)
                && (rule.days.isEmpty || rule.days.contains { matches($0, date, day) })
        }

        private func has(_ numbers: [Int], _ number: Int, of count: Int) -> Bool {
            numbers.isEmpty || numbers.contains(number) || numbers.contains(number - count - 1)
        }

        private func matchesYearDay(_ date: CalendarDate) -> Bool {
            rule.yearDays.isEmpty || has(rule.yearDays, date.dayOfYear, of: CalendarDate.daysInYear(year))
        }

        /// Week 1 is the first that has at least four days of the year, whichever day weeks begin on.
        private func matchesWeekNumber(_ date: CalendarDate) -> Bool {
            guard !rule.weekNumbers.isEmpty else { return true }
            // The fourth day of a week decides which year the week belongs to.
            let middle = date.startOfWeek(beginning: rule.weekStart).adding(days: 3)
            let (week, day) = (middle.dayOfYear - 1).quotientAndRemainder(dividingBy: 7)
            let weeks = day + 52 * 7 < CalendarDate.daysInYear(middle.year) ? 53 : 52
            return has(rule.weekNumbers, week + 1, of: weeks)
        }

        private func matches(_ day: RecurrenceRule.Day, _ date: CalendarDate, _ dayOfMonth: Int) -> Bool {
            guard day.weekday == date.weekday else { return false }
            guard let ordinal = day.ordinal else { return true }
            let isInMonth = rule.frequency == .monthly || !rule.months.isEmpty
            let place = isInMonth ? dayOfMonth : date.dayOfYear
            let count = isInMonth ? length : CalendarDate.daysInYear(year)
            return ordinal > 0 ? (place - 1) / 7 + 1 == ordinal : (count - place) / 7 + 1 == -ordinal
        }
    }
}
