import Basics
import Calendar
import Domain
import HTTPServer

/// The filter of the audit trail, as the page's address has it.
struct TrailFilter {
    var user = ""
    var event = ""
    /// Days on the reader's clocks.
    var since = ""
    var until = ""
    /// Only rows before this one.
    var before: Int64?

    init(_ query: FormFields) {
        user = String((query["user"] ?? "").trimmingWhitespace())
        event = query["event"] ?? ""
        (since, until) = (query["since"] ?? "", query["until"] ?? "")
        before = query["before"].flatMap { Int64(digits: $0) }
    }

    /// The first moment of `since`, and the last of `until`.
    func times(in zone: TimeZoneRules?, noting issues: inout FieldIssues) -> (since: Timestamp?, until: Timestamp?) {
        let zone = zone ?? .utc
        func day(_ text: String, _ field: String) -> CalendarDate? {
            guard !text.isEmpty else { return nil }
            let date = CalendarDate(text)
            if date == nil { issues.add(FieldIssue(field, "Enter a day, such as 2026-11-28.", .wrongValue)) }
            return date
        }
        return (
            day(since, "since").map(zone.start),
            day(until, "until").map {
                Timestamp(milliseconds: zone.start(of: $0.adding(days: 1)).milliseconds - 1)
            }
        )
    }

    /// The address of the same filter.
    func path(before number: Int64) -> String {
        var fields = FormFields()
        for (name, value) in [("user", user), ("event", event), ("since", since), ("until", until)] where !value.isEmpty
        {
            fields.append(name, value)
        }
        fields.append("before", String(number))
        return "\(AdminPart.trail.path)?\(fields.urlEncoded)"
    }
}
