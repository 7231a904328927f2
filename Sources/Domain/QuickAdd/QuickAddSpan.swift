/// The part of a line that a field came from, in UTF-16 code units.
package struct QuickAddSpan: Sendable, Equatable {
    package let field: QuickAddField
    package let range: Range<Int>
}
