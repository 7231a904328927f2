/// Why a text is not JSON that we take.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A sentence without its full stop, such as `a comma is missing`.
    package let reason: String
    /// The byte at which it shows, from 0.
    package let offset: Int
    /// Whether the text is JSON as far as it was read, and refused for a rule of our own.
    package let isJSON: Bool

    package var description: String { "The JSON is not valid at byte \(offset): \(reason)." }
}
