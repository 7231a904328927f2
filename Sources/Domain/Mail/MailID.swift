/// Identifies an e-mail in the outbox; also part of its Message-ID.
package struct MailID: Identifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}
