import Basics

/// A mail address and the name that is shown for it (RFC 5322, section 3.4).
package struct Mailbox: Sendable, Hashable {
    package let address: String
    package let name: String?

    /// - Throws: `MailError` for characters that are not allowed in a header or an SMTP command.
    package init(address: String, name: String? = nil) throws(MailError) {
        guard Self.isAddress(address) else { throw .invalidAddress }
        guard name?.unicodeScalars.allSatisfy({ !$0.isControl }) ?? true else { throw .controlCharacter }
        self.address = address
        self.name = name?.isEmpty == true ? nil : name
    }

    /// The part after the at sign.
    package var domain: Substring { address[address.index(after: address.lastIndex(of: "@") ?? address.startIndex)...] }

    /// The value of `From` or `To`.
    /// - Parameter used: the characters before it on its first line.
    func headerValue(after used: Int) -> String {
        guard let name else { return address }
        let quoted = "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        let isShort = used + quoted.utf8.count <= 76 && name.utf8.allSatisfy { $0 < 0x7F }
        // The address is on a line of its own, so that its length doesn't matter.
        return (isShort ? quoted : EncodedWord.encodeWords(name, after: used)) + "\r\n <\(address)>"
    }

    /// True for an address that can be sent as it is: an ASCII address of the lengths of RFC 5321, section 4.5.3.1, whose
    /// local part needs no quotes.
    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count), (1...255).contains(parts[1].utf8.count),
            text.utf8.count <= 254
        else { return false }
        let specials = Set("()<>[]:;@\\,\"".utf8)
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            && parts.allSatisfy { part in
                !part.hasPrefix(".") && !part.hasSuffix(".") && !part.contains("..")
                    && part.utf8.allSatisfy { !specials.contains($0) }
            }
    }
}

extension Unicode.Scalar {
    /// True for control characters and line separators.
    var isControl: Bool {
        [.control, .lineSeparator, .paragraphSeparator].contains(properties.generalCategory)
    }
}

extension Mailbox {
    /// `tasks@example.com` or `Latchkey <tasks@example.com>`; nil for anything else.
    package init?(_ text: String) {
        let address: Substring
        var name: String?
        if text.hasSuffix(">"), let bracket = text.lastIndex(of: "<") {
            address = text[text.index(after: bracket)...].dropLast()
            name = String(text[..<bracket].trimmingWhitespace())
            if let quoted = name, quoted.count >= 2, quoted.hasPrefix("\""), quoted.hasSuffix("\"") {
                name = String(quoted.dropFirst().dropLast())
            }
        } else {
            address = text[...]
        }
        guard let mailbox = try? Mailbox(address: String(address), name: name) else { return nil }
        self = mailbox
    }
}
