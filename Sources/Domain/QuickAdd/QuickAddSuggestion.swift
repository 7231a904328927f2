/// A part of a line that was left in the title and may mean something.
package struct QuickAddSuggestion: Sendable, Equatable {
    /// In UTF-16 code units.
    package let range: Range<Int>
    package let text: String
    package let meaning: QuickAddMeaning
}
