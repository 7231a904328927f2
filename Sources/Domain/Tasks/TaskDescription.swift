/// A valid description: at most 10,000 Unicode scalars, no NUL, otherwise kept as typed.
package struct TaskDescription: Sendable, Hashable {
    package let text: String
    package static let maximumLength = 10_000

    package init(_ input: String) throws(AppError) {
        guard input.unicodeScalars.count <= Self.maximumLength else {
            throw .invalid([FieldIssue("description", "The description may have at most 10,000 characters.", .tooLong)])
        }
        guard !input.utf8.contains(0) else {
            throw .invalid([FieldIssue("description", "The description may not contain a NUL character.", .wrongValue)])
        }
        text = input
    }
}
