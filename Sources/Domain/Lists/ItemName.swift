import Basics

/// A valid name of a list, a tag, a saved view or an API token: something visible in one line, at most 100 Unicode
/// scalars after trimming.
package struct ItemName: Sendable, Hashable {
    package let text: String
    package static let maximumLength = 100

    package init(_ input: String, field: String = "name") throws(AppError) {
        // So that two spellings of one name are equal to the databases, which compare bytes.
        let trimmed = NormalizationForm.c.normalize(String(input.trimmingWhitespace()))
        guard trimmed.isVisible else { throw Self.issue(field, "Enter a name.", .tooShort) }
        guard trimmed.unicodeScalars.count <= Self.maximumLength else {
            throw Self.issue(field, "The name may have at most \(Self.maximumLength) characters.", .tooLong)
        }
        guard !trimmed.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw Self.issue(field, "The name may not contain control characters or line breaks.", .wrongValue)
        }
        text = trimmed
    }

    /// A name that was checked before it was stored.
    package init(stored: String) { text = stored }

    /// Equal for names that differ in case only.
    package var key: String { text.lowercased() }

    private static func issue(_ field: String, _ sentence: String, _ kind: FieldIssue.Kind) -> AppError {
        .invalid([FieldIssue(field, sentence, kind)])
    }
}
