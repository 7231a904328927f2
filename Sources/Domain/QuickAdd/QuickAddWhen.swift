import Calendar

/// The due date and the repeat that words give, such as `every second tuesday`.
package struct QuickAddWhen: Sendable, Equatable {
    package let due: CalendarTime
    package let repeats: TaskRepeat?

    /// - Returns: nil for words that say nothing of it, or anything else too.
    package init?(_ words: String, in context: QuickAddContext) {
        guard words.unicodeScalars.count <= TaskTitle.maximumLength else { return nil }
        let title = "x"
        let read = QuickAdd("\(title) \(words)", in: context)
        guard let due = read.due, read.title == title,
            read.spans.allSatisfy({ $0.field == .due || $0.field == .repeat })
        else { return nil }
        (self.due, self.repeats) = (due, read.repeats)
    }
}
