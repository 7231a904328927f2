import Basics
import Domain

/// Refuses passwords that attackers try first: the most common ones, and those derived from information shown on the
/// form.
package struct PasswordRule: Sendable {
    /// True if the lists of common passwords apply, and a common word, a name or the site's name is refused with
    /// affixes, too. Not used outside production, where documentation examples such as `password123` must work.
    private let isStrict: Bool

    package init(isStrict: Bool) { self.isStrict = isStrict }

    private static let product = "latchkey"
    /// Shorter names occur in too many passwords by chance.
    private static let minimumNameLength = 4

    /// - Returns: the problem with the password, or nil.
    func objection(to password: String, field: String, email: EmailAddress?) -> FieldIssue? {
        if CommonPasswords.contains(password, isStrict: isStrict) {
            return FieldIssue(
                field, "This password is one of the first that anybody would try. Choose another, such as a few words.",
                .wrongValue, code: "PASSWORD_TOO_COMMON")
        }
        return personalObjection(to: password, email: email).map { FieldIssue(field, $0, .wrongValue) }
    }

    private func personalObjection(to password: String, email: EmailAddress?) -> String? {
        let folded = Array(password.utf8.map(\.asciiLowercased))
        if isStrict ? folded.contains(Self.product) : folded.elementsEqual(Self.product.utf8) {
            return "The password may not contain the name of this site."
        }
        if let email, names(in: email).contains(where: { folded.contains($0) }) {
            return "The password may not contain your e-mail address\(isStrict ? " or a part of it" : "")."
        }
        return nil
    }

    /// The parts of an address that its password must not contain.
    private func names(in email: EmailAddress) -> [Substring] {
        guard isStrict else { return [email.text[...]] }
        let parts = email.text.split(separator: "@")
        let user = parts.prefix(1).flatMap { $0.split(separator: "+").prefix(1) }
        // In name@mail.example.co.uk these are mail, example and co; the rest is common to many.
        let labels = parts.count == 2 ? parts[1].split(separator: ".").dropLast() : []
        return (user + labels).filter { $0.utf8.count >= Self.minimumNameLength }
    }
}

extension NewPassword {
    /// A password that also satisfies this rule.
    package init(_ text: String, field: String = "password", by rule: PasswordRule, email: EmailAddress?)
        throws(AppError)
    {
        try self.init(text, field: field)
        if let issue = rule.objection(to: self.text, field: field, email: email) { throw .invalid([issue]) }
    }
}

extension [UInt8] {
    /// True if these bytes contain the text's bytes.
    fileprivate func contains(_ text: some StringProtocol) -> Bool {
        let wanted = Array(text.utf8)
        guard !wanted.isEmpty, wanted.count <= count else { return false }
        return (0...(count - wanted.count)).contains { self[$0..<($0 + wanted.count)].elementsEqual(wanted) }
    }
}

extension UInt8 {
    var isLowercaseLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
}
