import Basics
import Domain

/// Which passwords are refused because others would try them first: the commonest, and those made of what everybody
/// can read on the form.
package struct PasswordRule: Sendable {
    /// Whether the lists of common passwords are used, and a common word, a name or the site's name is refused with
    /// something before or after it, too. Outside production neither is the case: there people follow documents whose
    /// example is `password123`, and try things out.
    private let isStrict: Bool

    package init(isStrict: Bool) { self.isStrict = isStrict }

    private static let product = "latchkey"
    /// Shorter names stand in too many passwords by chance.
    private static let minimumNameLength = 4

    /// - Returns: what is wrong with the password, or nil.
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

    /// What of an address must not stand in its password.
    private func names(in email: EmailAddress) -> [Substring] {
        guard isStrict else { return [email.text[...]] }
        let parts = email.text.split(separator: "@")
        let user = parts.prefix(1).flatMap { $0.split(separator: "+").prefix(1) }
        // In name@mail.example.co.uk these are mail, example and co; what comes after is everybody's.
        let labels = parts.count == 2 ? parts[1].split(separator: ".").dropLast() : []
        return (user + labels).filter { $0.utf8.count >= Self.minimumNameLength }
    }
}

extension NewPassword {
    /// A password that keeps the rule as well.
    package init(_ text: String, field: String = "password", by rule: PasswordRule, email: EmailAddress?)
        throws(AppError)
    {
        try self.init(text, field: field)
        if let issue = rule.objection(to: self.text, field: field, email: email) { throw .invalid([issue]) }
    }
}

extension [UInt8] {
    /// Whether the text's bytes stand somewhere in these.
    fileprivate func contains(_ text: some StringProtocol) -> Bool {
        let wanted = Array(text.utf8)
        guard !wanted.isEmpty, wanted.count <= count else { return false }
        return (0...(count - wanted.count)).contains { self[$0..<($0 + wanted.count)].elementsEqual(wanted) }
    }
}

extension UInt8 {
    var isLowercaseLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
}
