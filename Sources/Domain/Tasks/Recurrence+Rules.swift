import Calendar

extension Recurrence {
    /// Reads a rule that a client sends.
    /// - Parameter field: the name of the field, for the messages of issues.
    package init(_ text: String, field: String) throws(AppError) {
        do throws(RecurrenceError) {
            try self.init(text)
        } catch {
            throw .invalid([FieldIssue(field, error.sentence, .wrongValue)])
        }
    }
}

extension FieldIssue {
    /// For a rule without an instance from a start on.
    package static func hasNoDate(
        _ field: String, _ rule: RecurrenceRule?, from start: CalendarTime, in zones: TimeZoneDatabase
    ) -> FieldIssue {
        guard var endless = rule else { return neverFires(field) }
        endless.end = nil
        let zone = start.zone.flatMap(zones.rules)
        guard endless.instances(from: start, in: zone).first(where: { _ in true }) != nil else {
            return neverFires(field)
        }
        return FieldIssue(field, "This repeat ends before its first date.", .wrongValue)
    }

    package static func neverFires(_ field: String) -> FieldIssue {
        FieldIssue(field, "This repeat never falls on a day that exists.", .wrongValue)
    }
}
