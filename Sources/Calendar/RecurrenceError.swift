/// The reason why a recurrence rule is refused, as a sentence for the person who wrote it.
package struct RecurrenceError: Error, Equatable, Sendable {
    package let sentence: String

    package init(_ sentence: String) { self.sentence = sentence }
}
