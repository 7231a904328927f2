import Calendar

/// A range of times on the clocks of a reader.
package struct TimeRange: Sendable, Hashable {
    /// The name of the reader's zone; nil for UTC.
    package let zone: String?
    /// Nil for no beginning.
    package let from: LocalDateTime?
    /// The end, which is not part of it; nil for none.
    package let until: LocalDateTime?

    package init(from: LocalDateTime? = nil, until: LocalDateTime? = nil, zone: String?) {
        (self.from, self.until, self.zone) = (from, until, zone)
    }

    /// Whole days.
    package init(from: CalendarDate? = nil, until: CalendarDate? = nil, zone: String?) {
        self.init(
            from: from.map { LocalDateTime($0, secondOfDay: 0) },
            until: until.map { LocalDateTime($0, secondOfDay: 0) },
            zone: zone)
    }

    /// True if a time is in the range where the reader is. A day that has begun before the end is not over, and so not
    /// in a range that ends within it.
    package func contains(_ time: CalendarTime, in zones: TimeZoneDatabase) -> Bool {
        var clock = time.clock
        switch time {
        case .day(let day):
            return from.map { day >= $0.date } ?? true && until.map { day < $0.date } ?? true
        case .floating: break
        case .zoned(let local, let name):
            if name != zone, let rules = zones.rules(name) {
                clock = (zone.flatMap(zones.rules) ?? .utc).local(at: rules.instant(of: local))
            }
        }
        return from.map { clock >= $0 } ?? true && until.map { clock < $0 } ?? true
    }

    /// The part that two ranges of one reader have in common; it may have no times.
    package func intersection(_ other: TimeRange) -> TimeRange {
        func latest(_ times: [LocalDateTime?]) -> LocalDateTime? { times.compactMap(\.self).max() }
        func earliest(_ times: [LocalDateTime?]) -> LocalDateTime? { times.compactMap(\.self).min() }
        return TimeRange(from: latest([from, other.from]), until: earliest([until, other.until]), zone: zone)
    }

    /// The stored texts between which all of its times are; some outside are, too, as zones are up to 26 hours apart.
    package var storedBounds: (from: String?, until: String?) {
        let last = CalendarDate.years.upperBound
        // Texts of years with five digits do not sort.
        let end = until.flatMap { $0.date.adding(days: 3).year > last ? nil : $0.date.adding(days: 3).text }
        return (from?.date.adding(days: -2).text, end)
    }

    /// The stored texts between which all times are in the range, whatever their zones; nil if there is no such text.
    package var innerStoredBounds: (from: String?, until: String?)? {
        let first = from?.date.adding(days: 3)
        if let first, first.year > CalendarDate.years.upperBound { return nil }
        return (first?.text, until?.date.adding(days: -2).text)
    }
}
