import Domain

/// A valid new password, prepared for hashing: at least 8 Unicode scalars, at most 72 bytes of UTF-8, no NUL. Never
/// trimmed, never folded, no rule about which characters.
///
/// bcrypt reads 72 bytes and stops at a NUL: anything after that would be ignored, so it is refused, not truncated.
package struct NewPassword: Sendable {
    /// See `String.preparedPassword`; the limits apply to its characters and bytes.
    package let text: String
    package static let minimumLength = 8
    package static let maximumBytes = 72

    package init(_ typed: String, field: String = "password") throws(AppError) {
        let text = typed.preparedPassword
        guard !text.utf8.contains(0) else {
            throw .invalid([FieldIssue(field, "The password may not contain a NUL character.", .wrongValue)])
        }
        guard text.unicodeScalars.count >= Self.minimumLength else {
            throw .invalid([
                FieldIssue(field, "The password must have at least \(Self.minimumLength) characters.", .tooShort)
            ])
        }
        guard text.utf8.count <= Self.maximumBytes else {
            throw .invalid([
                FieldIssue(
                    field,
                    "The password may have at most \(Self.maximumBytes) bytes (72 Latin letters, fewer with accents or emoji).",
                    .tooLong)
            ])
        }
        self.text = text
    }

    /// True if the password could have been set at all; one that couldn't is wrong without comparing the hash, which
    /// covers only the first 72 bytes.
    package static func isPossible(_ text: String) -> Bool {
        text.utf8.count <= maximumBytes && !text.utf8.contains(0)
    }
}
