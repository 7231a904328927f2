/// A valid longer text: at most 10,000 Unicode scalars, no NUL, otherwise kept as typed.
package struct TaskText: Sendable, Hashable {
    package let text: String
    package static let maximumLength = 10_000

    /// - Parameter field: the name of the field, for the message of an error.
    package init(_ input: String, field: String) throws(AppError) {
        guard input.unicodeScalars.count <= Self.maximumLength else {
            throw .invalid([FieldIssue(field, "The \(field) may have at most 10,000 characters.", .tooLong)])
        }
        guard !input.utf8.contains(0) else {
            throw .invalid([FieldIssue(field, "The \(field) may not contain a NUL character.", .wrongValue)])
        }
        text = input
    }

    /// A text that was checked before it was stored.
    package init(stored: String) { text = stored }
}
