/// A domain in a list of those that e-mail addresses may have: `example.com` is that domain alone, `*.example.com` every
/// domain below it and not itself. Internationalized domains are written as in addresses, as A-labels (`xn--…`).
package struct EmailDomain: Sendable, Hashable, CustomStringConvertible {
    private let name: String
    private let isBelow: Bool

    package var description: String { isBelow ? "*.\(name)" : name }

    /// Nil for a domain that no address can have.
    package init?(_ text: String) {
        isBelow = text.utf8.starts(with: "*.".utf8)
        let name = String(decoding: text.utf8.dropFirst(isBelow ? 2 : 0), as: UTF8.self)
        // Addresses are trimmed, domains in a list must not need it.
        guard let address = EmailAddress("a@\(name)"), address.text.utf8.count == name.utf8.count + 2 else {
            return nil
        }
        self.name = String(address.domain)
    }

    package func contains(_ email: EmailAddress) -> Bool {
        let domain = Array(email.domain.utf8)
        guard isBelow else { return domain.elementsEqual(name.utf8) }
        let end = Array(".\(name)".utf8)
        return domain.count > end.count && domain.suffix(end.count).elementsEqual(end)
    }
}
