/// A problem with one field, as a sentence that the person who filled it in can act on.
package struct FieldIssue: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case missing
        case tooShort = "too_short"
        case tooLong = "too_long"
        case wrongType = "wrong_type"
        case wrongValue = "wrong_value"
    }

    package let field: String
    package let message: String
    package let kind: Kind
    /// The code by which Better Auth's clients identify the error, if the kind is not enough.
    package let code: String?

    package init(_ field: String, _ message: String, _ kind: Kind, code: String? = nil) {
        self.field = field
        self.message = message
        self.kind = kind
        self.code = code
    }

    /// For the field `email` of a person who signs up or has forgotten the password.
    package static let notAnEmailAddress = FieldIssue(
        "email", "Enter an e-mail address, such as name@example.com.", .wrongValue)
}
