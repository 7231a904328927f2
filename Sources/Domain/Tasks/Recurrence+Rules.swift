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
    package static func neverFires(_ field: String) -> FieldIssue {
        FieldIssue(field, "This repeat never falls on a day that exists.", .wrongValue)
    }
}
