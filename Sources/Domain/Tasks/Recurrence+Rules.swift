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
    /// For a rule without an instance.
    /// - Parameter start: where it was looked for.
    package static func hasNoDate(_ field: String, _ rule: RecurrenceRule?, from start: CalendarTime) -> FieldIssue {
        guard case .until(let until)? = rule?.end else { return neverFires(field) }
        let end =
            switch until {
            case .day(let date): date
            case .local(let time), .utc(let time): time.date
            }
        guard end < start.date else { return neverFires(field) }
        return FieldIssue(field, "This repeat ends before it begins.", .wrongValue)
    }

    package static func neverFires(_ field: String) -> FieldIssue {
        FieldIssue(field, "This repeat never falls on a day that exists.", .wrongValue)
    }
}
