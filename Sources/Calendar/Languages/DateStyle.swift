/// How dates and times are written in a language: names, order and clock.
package struct DateStyle: Sendable {
    /// The language tag (RFC 5646) that it was found under.
    package let language: String
    /// The days around this one, as labels.
    package let yesterday, today, tomorrow: String

    /// From Sunday on.
    private let weekdays, longWeekdays: [String]
    /// From January on.
    private let months, longMonths: [String]
    /// Morning and afternoon, of a clock of 12 hours.
    private let periods: [String]
    private let dayPattern, yearPattern, weekdayPattern, longDayPattern, clockPattern: DatePattern

    /// The style of a language, or of the nearest that is known: `de-LI` is written as `de`. Without a known
    /// language it is that of British English.
    /// - Parameter tag: such as `pt-BR`.
    package static func style(for tag: String?) -> DateStyle {
        let subtags = (tag ?? "").lowercased().split(separator: "-")
        guard let language = subtags.first.map({ $0 == "no" ? "nb" : $0 }) else { return english }
        let isTraditional = subtags.contains { ["tw", "hk", "mo"].contains($0) } && !subtags.contains("hans")
        if language == "zh", isTraditional, let style = all["zh-hant"] { return style }
        // A script may stand before the country, and other things behind it.
        let special = subtags.dropFirst().lazy.compactMap { all["\(language)-\($0)"] }.first
        return special ?? all[String(language)] ?? english
    }

    private static let english = all["en"] ?? DateStyle(line: "")
    private static let all = Dictionary(
        DateStyleTable.lines.split(separator: "\n").map { line in
            let style = DateStyle(line: line)
            return (style.language.lowercased(), style)
        }, uniquingKeysWith: { first, _ in first })

    /// - Parameter line: one of `DateStyleTable`; what it lacks is empty.
    private init(line: Substring) {
        let fields = line.split(separator: "|", omittingEmptySubsequences: false)
        func list(_ index: Int) -> [String] {
            index < fields.count ? fields[index].split(separator: ";").map(String.init) : []
        }
        func pattern(_ index: Int) -> DatePattern { DatePattern(index < fields.count ? fields[index] : "") }
        language = fields.first.map(String.init) ?? ""
        let near = list(1).map(Self.title)
        (yesterday, today, tomorrow) =
            near.count == 3 ? (near[0], near[1], near[2]) : ("Yesterday", "Today", "Tomorrow")
        (weekdays, longWeekdays, months, longMonths, periods) = (list(2), list(3), list(4), list(5), list(6))
        (dayPattern, yearPattern, weekdayPattern) = (pattern(7), pattern(8), pattern(9))
        (longDayPattern, clockPattern) = (pattern(10), pattern(11))
    }

    /// `30 Nov`.
    package func day(_ date: CalendarDate) -> String { write(date, by: dayPattern) }

    /// `30 Nov 2026`.
    package func dayAndYear(_ date: CalendarDate) -> String { write(date, by: yearPattern) }

    /// `Mon, 30 Nov 2026`.
    package func weekdayAndDay(_ date: CalendarDate) -> String { write(date, by: weekdayPattern) }

    /// `30 November`.
    package func longDay(_ date: CalendarDate) -> String { write(date, by: longDayPattern) }

    /// `Mon`.
    package func weekday(_ date: CalendarDate) -> String { name(of: date, in: weekdays) }

    /// `Monday`, as a title.
    package func longWeekday(_ date: CalendarDate) -> String { Self.title(name(of: date, in: longWeekdays)) }

    /// `17:00`, or `5:00 pm`; with seconds only where there are any.
    /// - Parameter secondOfDay: 0–86,399.
    package func clock(_ secondOfDay: Int) -> String {
        write(CalendarDate(dayNumber: 0), secondOfDay, by: clockPattern)
    }

    private func write(_ date: CalendarDate, _ secondOfDay: Int = 0, by pattern: DatePattern) -> String {
        let (year, month, day) = date.parts
        let (hour, minute, second) = (secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60)
        var text = ""
        for part in pattern.parts {
            switch part {
            case .text(let words): text += words
            case .day(let width): text += day.padded(to: width)
            case .month(let width): text += month.padded(to: width)
            case .monthName: text += month <= months.count ? months[month - 1] : ""
            case .longMonthName: text += month <= longMonths.count ? longMonths[month - 1] : ""
            case .year: text += String(year)
            case .weekday: text += name(of: date, in: weekdays)
            case .hour(let width): text += hour.padded(to: width)
            case .hourOfTwelve(let width): text += ((hour + 11) % 12 + 1).padded(to: width)
            case .minute:
                text += minute.padded(to: 2)
                if second > 0 { text += (pattern.parts.contains(.text(".")) ? "." : ":") + second.padded(to: 2) }
            case .period: text += periods.count == 2 ? periods[hour / 12] : ""
            }
        }
        return text
    }

    private func name(of date: CalendarDate, in names: [String]) -> String {
        names.count == 7 ? names[(date.weekday.rawValue + 1) % 7] : ""
    }

    /// With a capital, in scripts whose words begin with one; those of Georgian do not.
    private static func title(_ text: some StringProtocol) -> String {
        guard let first = text.unicodeScalars.first else { return "" }
        return first.properties.titlecaseMapping + String(String.UnicodeScalarView(text.unicodeScalars.dropFirst()))
    }
}
