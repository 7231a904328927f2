import Basics
import Calendar

/// A task as one line says it. Signs count anywhere, dates only at the end, and what is in quotes is kept as it is: no
/// word is lost, and the title is never empty unless the line is.
package struct QuickAdd: Sendable, Equatable {
    package var title = ""
    package var description: String?
    package var due: CalendarTime?
    package var repeats: TaskRepeat?
    package var priority = TaskPriority.none
    package var tags: [String] = []
    /// The name of an existing list, as the list spells it.
    package var list: String?
    package var spans: [QuickAddSpan] = []
    package var suggestions: [QuickAddSuggestion] = []

    /// The longest line that may become a task, in Unicode scalars.
    package static let maximumLength = TaskTitle.maximumLength + TaskText.maximumLength

    package init(_ line: String, in context: QuickAddContext) {
        let trimmed = line.trimmingWhitespace()
        if trimmed.count > 2, trimmed.first == "\"", trimmed.last == "\"" {
            let inside = trimmed.dropFirst().dropLast()
            if !inside.contains("\""), inside.isVisible {
                title = String(inside.trimmingWhitespace())
                return
            }
        }
        var reader = QuickAddReader(line: line, tokens: QuickAddToken.tokens(of: Substring(trimmed)), context: context)
        reader.takeDescription()
        reader.takeMarks()
        reader.takeTail()
        reader.suggest()
        self = reader.result
        title = reader.title
        spans.sort { $0.range.lowerBound < $1.range.lowerBound }
    }

    init() {}
}
