import Basics
import Calendar

/// The zone in which a user reads dates, the first day of the user's week, and the user's language.
package struct UserLocale: Sendable, Hashable {
    /// The name of a zone in the IANA database; nil while it is unknown.
    package var timeZone: String?
    package var weekStart: Weekday
    /// A language tag (RFC 5646), such as `de-CH`; nil while it is unknown.
    package var language: String?

    package init(timeZone: String? = nil, weekStart: Weekday = .monday, language: String? = nil) {
        (self.timeZone, self.weekStart, self.language) = (timeZone, weekStart, language)
    }

    /// Reads the input of a user or a browser; empty texts are unknown.
    /// - Throws: `AppError.invalid` with the issues of all fields.
    package init(
        timeZone: String, weekStart: String, language: String, in zones: TimeZoneDatabase
    ) throws(AppError) {
        var issues = FieldIssues()
        let (zone, tag) = (String(timeZone.trimmingWhitespace()), String(language.trimmingWhitespace()))
        if !zone.isEmpty, zones.rules(zone) == nil {
            issues.add(FieldIssue("time_zone", "Enter a time zone such as Europe/Berlin.", .wrongValue))
        }
        if !tag.isEmpty, !Self.isLanguageTag(tag) {
            issues.add(FieldIssue("language", "Enter a language tag such as en-GB.", .wrongValue))
        }
        let day = weekStart.isEmpty ? .monday : Weekday(name: weekStart)
        if day == nil {
            issues.add(FieldIssue("week_start", "Choose a day of the week, such as monday.", .wrongValue))
        }
        try issues.finish()
        self.init(
            timeZone: zone.isEmpty ? nil : zone, weekStart: day ?? .monday,
            language: tag.isEmpty ? nil : tag)
    }

    /// Subtags of letters and digits, the first of letters only (RFC 5646, section 2.1).
    private static func isLanguageTag(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard text.utf8.count <= 35, let first = parts.first, (2...8).contains(first.count),
            first.allSatisfy({ $0.isASCIIAlphanumeric && !$0.isDigit })
        else { return false }
        return parts.allSatisfy { (1...8).contains($0.count) && $0.allSatisfy(\.isASCIIAlphanumeric) }
    }
}
