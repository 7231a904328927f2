import Basics
import Calendar

/// A task as one line says it. Signs count anywhere, dates only at the end, and what is in quotes is kept as it is: no
/// word is lost, and the title is never empty unless the line is.
package struct QuickAdd: Sendable, Equatable {
    package enum Field: String, Sendable, CaseIterable {
        case due, `repeat`, priority, tags, list, description
    }

    /// The part of the line that a field came from, in UTF-16 code units.
    package struct Span: Sendable, Equatable {
        package let field: Field
        package let range: Range<Int>
    }

    /// A part of the line that was left in the title and may mean something.
    package struct Suggestion: Sendable, Equatable {
        package enum Meaning: Sendable, Equatable {
            case due(CalendarTime)
            case repeats(TaskRepeat, due: CalendarTime)
            /// A list that does not exist.
            case list(String)
        }

        package let range: Range<Int>
        package let text: String
        package let meaning: Meaning
    }

    package var title = ""
    package var description: String?
    package var due: CalendarTime?
    package var repeats: TaskRepeat?
    package var priority = TaskPriority.none
    package var tags: [String] = []
    /// The name of an existing list, as the list spells it.
    package var list: String?
    package var spans: [Span] = []
    package var suggestions: [Suggestion] = []

    /// The longest line that is read, in UTF-8.
    package static let maximumSize = 48_000

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
