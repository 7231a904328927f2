import Calendar
import Domain
import JSON

// A date or a time in requests and responses.

extension JSONWriter {
    mutating func member(_ name: StaticString, _ time: CalendarTime?) {
        self.name(name)
        if let time { calendarTime(time) } else { null() }
    }

    /// A time in its stored form, which is split and not understood: a list has many of them.
    mutating func storedTime(_ bytes: ArraySlice<UInt8>?) {
        guard let bytes else { return null() }
        let clock = bytes.prefix { $0 != UInt8(ascii: "[") }
        object {
            guard clock.count > 10 else { return $0.member("date", utf8: clock) }
            $0.member("datetime", utf8: clock)
            let zone = bytes[clock.endIndex...].dropFirst().dropLast()
            if !zone.isEmpty { $0.member("time_zone", utf8: zone) }
        }
    }

    mutating func calendarTime(_ time: CalendarTime) {
        object {
            switch time {
            case .day(let date): $0.member("date", date.text)
            case .floating(let local): $0.member("datetime", local.text)
            case .zoned(let local, let zone):
                $0.member("datetime", local.text)
                $0.member("time_zone", zone)
            }
        }
    }
}

extension JSONBody {
    /// An optional date or time; nil for null, and after an issue was noted.
    mutating func calendarTime(_ name: String, in zones: TimeZoneDatabase) throws -> CalendarTime? {
        guard let object = optionalObject(name) else { return nil }
        return try check(name) {
            // A misspelt zone would make another time.
            if let unknown = object.members.first(where: { !Self.members.contains($0.name) }) {
                let rule = "Field '\(name)' has no member '\(unknown.name.prefix(20))'."
                throw AppError.invalid([FieldIssue(name, rule, .wrongValue)])
            }
            return try CalendarTime(
                date: try Self.text("date", of: object, name), time: try Self.text("datetime", of: object, name),
                zone: try Self.text("time_zone", of: object, name), field: name, in: zones)
        }
    }

    private static let members = ["date", "datetime", "time_zone"]

    /// A member that is a string, or is left out.
    private static func text(_ member: String, of object: JSONObject, _ name: String) throws -> String? {
        switch object[member] {
        case nil: return nil
        case .string(let text)?: return text
        default:
            throw AppError.invalid([FieldIssue(name, "Field '\(name).\(member)' must be a string.", .wrongType)])
        }
    }
}

extension JSONSchema {
    /// A day, a time in a zone, or a floating time.
    static let calendarTime = named(
        "CalendarTime",
        .either(
            .answer(nil, .required("date", date)),
            .answer(nil, .required("datetime", localTime), .required("time_zone", timeZone)),
            .answer(nil, .required("datetime", localTime)))
    ).saying("A day, a time on the clocks of a zone, or without a zone on the clocks of wherever its reader is.")

    static let date = JSONSchema.string(format: "date", "2026-12-24")

    static let localTime = JSONSchema.string(
        pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", "2026-12-24T17:00")

    static let timeZone = JSONSchema.string("Europe/Berlin").saying("A zone of the IANA database.")

    private static func named(_ name: String, _ schema: JSONSchema) -> JSONSchema {
        var schema = schema
        schema.name = name
        return schema
    }
}
