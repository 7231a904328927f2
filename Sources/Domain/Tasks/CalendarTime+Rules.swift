import Basics
import Calendar

extension CalendarTime {
    /// Reads a date or a time that a client sends.
    /// - Parameters:
    ///   - field: the name of the field, for the messages of issues.
    ///   - zone: the name of the time's zone; nil for a floating time.
    package init(
        date: String?, time: String?, zone: String?, field: String, in zones: TimeZoneDatabase
    ) throws(AppError) {
        switch (date, time) {
        case (let date?, nil):
            guard zone == nil, let day = CalendarDate(date) else {
                throw Self.issue(field, "needs a date that exists, such as {\"date\": \"2026-12-24\"}.")
            }
            self = .day(day)
        case (nil, let time?):
            guard let local = LocalDateTime(time) else {
                throw Self.issue(field, "needs a time that exists, such as {\"datetime\": \"2026-12-24T17:00\"}.")
            }
            guard let zone else {
                self = .floating(local)
                return
            }
            guard zones.rules(zone) != nil else { throw Self.unknownZone(field) }
            self = .zoned(local, zone: zone)
        default: throw Self.issue(field, "needs either 'date' or 'datetime'.")
        }
    }

    package static func unknownZone(_ field: String) -> AppError {
        issue(field, "needs a time zone of the IANA database, such as Europe/Berlin.")
    }

    private static func issue(_ field: String, _ rule: String) -> AppError {
        .invalid([FieldIssue(field, "Field '\(field)' \(rule)", .wrongValue)])
    }
}
