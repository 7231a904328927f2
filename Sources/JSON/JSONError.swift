/// The reason why a text is not accepted as JSON.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A sentence without its full stop, such as `a comma is missing`.
    package let reason: String
    /// The offset of the byte where the error was detected, from 0.
    package let offset: Int
    /// True if the text is valid JSON as far as it was read, and violates one of the stricter rules here.
    package let isJSON: Bool

    package var description: String { "The JSON is not valid at byte \(offset): \(reason)." }
}
