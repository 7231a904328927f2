import Basics

/// A valid title: something visible, at most 200 Unicode scalars after trimming, no NUL.
package struct TaskTitle: Sendable, Hashable {
    package let text: String
    package static let maximumLength = 200

    package init(_ input: String) throws(AppError) {
        let trimmed = input.trimmingWhitespace()
        guard trimmed.isVisible else {
            throw .invalid([FieldIssue("title", "Enter a title.", .tooShort)])
        }
        guard trimmed.unicodeScalars.count <= Self.maximumLength else {
            throw .invalid([
                FieldIssue("title", "The title may have at most \(Self.maximumLength) characters.", .tooLong)
            ])
        }
        guard !trimmed.utf8.contains(0) else {
            throw .invalid([FieldIssue("title", "The title may not contain a NUL character.", .wrongValue)])
        }
        text = String(trimmed)
    }

    /// A title that was checked before it was stored.
    package init(stored: String) { text = stored }
}
