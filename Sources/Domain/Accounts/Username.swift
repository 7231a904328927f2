import Basics

/// A valid username: trimmed, at most 100 Unicode scalars, no control characters. One without visible characters counts
/// as none.
package enum Username {
    package static let maximumLength = 100

    package static func checked(_ input: String?) throws(AppError) -> String? {
        guard let input else { return nil }
        let trimmed = input.trimmingWhitespace()
        guard trimmed.isVisible || trimmed.hasControls else { return nil }
        guard trimmed.unicodeScalars.count <= maximumLength else {
            throw .invalid([
                FieldIssue("username", "The username may have at most \(maximumLength) characters.", .tooLong)
            ])
        }
        guard !trimmed.hasControls else {
            throw .invalid([FieldIssue("username", "The username may not contain control characters.", .wrongValue)])
        }
        return String(trimmed)
    }
}

extension StringProtocol {
    fileprivate var hasControls: Bool { unicodeScalars.contains { $0.properties.generalCategory == .control } }
}
