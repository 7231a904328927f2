import Basics
import Calendar

extension TaskRepeat {
    /// The due date after that of an instance, and the repeat that is left from there on.
    /// - Parameters:
    ///   - today: the day of the completion where its user is.
    ///   - skipsMissed: true to leave out instances of today and before.
    /// - Returns: nil if there is none.
    package func next(
        after due: CalendarTime, on today: CalendarDate, skipsMissed: Bool = true, in zones: TimeZoneDatabase
    ) -> (due: CalendarTime, repeats: TaskRepeat)? {
        guard let rule = recurrence.rule else { return nil }
        let zone = due.zone.flatMap(zones.rules)
        switch anchor {
        case .due:
            let needed = skipsMissed ? today : nil
            // The instances that are passed count for the rule's COUNT: the one at the due date too, which may have been
            // moved to a day that does not match.
            var passed = rule.instances(from: due, in: zone).first { _ in true } == due ? 0 : 1
            for instance in rule.without(instances: passed).instances(from: due, in: zone, needed: needed) {
                if instance.clock > due.clock, !skipsMissed || instance.date > today {
                    return (instance, TaskRepeat(.computed(rule.without(instances: passed)), from: anchor))
                }
                passed += 1
            }
            return nil
        case .completion:
            // Without a completion there is only the due date to count from.
            let day = skipsMissed ? today : due.date
            let date =
                switch rule.frequency {
                case .daily: day.adding(days: rule.interval)
                case .weekly: day.adding(days: 7 * rule.interval)
                case .monthly: day.adding(months: rule.interval)
                case .yearly: day.adding(months: 12 * rule.interval)
                }
            guard CalendarDate.years.contains(date.year) else { return nil }
            let next = due.with(LocalDateTime(date, secondOfDay: due.clock.secondOfDay))
            let rest = rule.without(instances: 1)
            // The last day of the rule, or none: any rule that ends there tells.
            var daily = RecurrenceRule(.daily)
            daily.end = rest.end
            guard daily.instances(from: next, in: zone).first(where: { _ in true }) == next else { return nil }
            return (next, TaskRepeat(.computed(rest), from: anchor))
        }
    }

    /// The first instance on or after a date.
    /// - Returns: nil if there is none.
    package func first(from due: CalendarTime, in zones: TimeZoneDatabase) -> CalendarTime? {
        guard anchor == .due, let rule = recurrence.rule else { return due }
        return rule.instances(from: due, in: due.zone.flatMap(zones.rules)).first { _ in true }
    }

    /// Checks what can be checked without a date.
    package func check(field: String) throws(AppError) {
        guard anchor == .completion else { return }
        guard let rule = recurrence.rule, rule.isPlain else {
            let sentence = "A repeat from the completion may have an interval and an end, and no days or months."
            throw .invalid([FieldIssue(field, sentence, .wrongValue)])
        }
    }
}

extension RecurrenceRule {
    /// The rule after some of its instances.
    fileprivate func without(instances passed: Int) -> RecurrenceRule {
        var rule = self
        if case .count(let count)? = end { rule.end = .count(max(0, count - passed)) }
        return rule
    }
}

extension CalendarTime {
    /// A time that keeps its distance from another, which moves; nil if there is none on the calendar.
    package func moved(from old: CalendarTime, to new: CalendarTime) -> CalendarTime? {
        let clock = clock.adding(seconds: new.clock.seconds(since: old.clock))
        return CalendarDate.years.contains(clock.date.year) ? with(clock) : nil
    }
}
