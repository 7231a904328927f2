import Basics

/// The backups to keep: the newest of each of the last hours, days, weeks, months and years in which one was made.
package struct BackupRetention: Sendable, Equatable {
    package enum Period: Character, Sendable {
        case hours = "h"
        case days = "d"
        case weeks = "w"
        case months = "m"
        case years = "y"
    }

    private struct Rule: Sendable, Equatable {
        let count: Int
        let period: Period
    }

    /// Nil to keep all.
    private let rules: [Rule]?

    private init(_ rules: [Rule]) { self.rules = rules }

    /// A week day by day, four weeks and twelve months.
    package static let standard = BackupRetention([
        Rule(count: 7, period: .days), Rule(count: 4, period: .weeks), Rule(count: 12, period: .months),
    ])

    /// `7d,4w,12m`, or `all`.
    package init?(_ text: String) {
        guard text != "all" else {
            rules = nil
            return
        }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingWhitespace() }
        let rules = parts.compactMap { part -> Rule? in
            guard let period = part.last.flatMap(Period.init), let count = Int(digits: part.dropLast()),
                (1...Self.maximumCount).contains(count)
            else { return nil }
            return Rule(count: count, period: period)
        }
        guard rules.count == parts.count else { return nil }
        self.rules = rules
    }

    private static let maximumCount = 10_000

    /// The times to keep, of those at which there are backups.
    package func kept(of times: [Timestamp]) -> Set<Timestamp> {
        guard let rules else { return Set(times) }
        let times = times.sorted(by: >)
        var kept = Set(times.prefix(1))
        for rule in rules {
            var last: Int64?
            var count = 0
            for time in times {
                let number = rule.period.number(of: time)
                guard number != last else { continue }
                guard count < rule.count else { break }
                kept.insert(time)
                (last, count) = (number, count + 1)
            }
        }
        return kept
    }
}

extension BackupRetention.Period {
    /// A number that two times have in common if they are in the same period, in UTC. Weeks begin on Mondays.
    fileprivate func number(of time: Timestamp) -> Int64 {
        let date = Timestamp.civil(fromDays: time.days)
        return switch self {
        // Hours divide every day evenly.
        case .hours: (time.seconds - time.days * 86_400) / 3600 + time.days * 24
        case .days: time.days
        // 1 January 1970 was a Thursday; the number is of the Monday.
        case .weeks: time.days - ((time.days + 3) % 7 + 7) % 7
        case .months: date.year * 12 + date.month
        case .years: date.year
        }
    }
}
