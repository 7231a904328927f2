import Basics

/// An e-mail address, trimmed and in lower case: two that look the same to a mail server are the same here.
///
/// The rule is the one the Better Auth client and server use, with the lengths of RFC 5321: ASCII only,
/// `local@label.label`, local part of letters, digits and `_ ' + - .` without a leading, trailing or doubled dot,
/// labels of letters, digits and hyphens that don't start with a hyphen, a last label of two or more letters. Staying
/// within ASCII keeps look-alike letters from becoming another user's account.
package struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
    package let text: String
    package static let maximumLength = 254

    package var description: String { text }

    /// The part after the `@`.
    package var domain: Substring {
        Substring(text.utf8.drop { $0 != UInt8(ascii: "@") }.dropFirst())
    }

    package init?(_ input: String) {
        var bytes = Array(input.utf8.prefix(Self.maximumLength + 64))
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        bytes = Array(bytes.drop(while: isSpace))
        guard bytes.count <= Self.maximumLength, bytes.count >= input.utf8.count - 64 else { return nil }

        for index in bytes.indices { bytes[index] = bytes[index].asciiLowercased }
        guard let at = bytes.firstIndex(of: UInt8(ascii: "@")) else { return nil }
        guard Self.isLocalPart(bytes[..<at]), Self.isDomain(bytes[(at + 1)...]) else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// An address that was checked when it was stored.
    package init(stored text: String) { self.text = text }

    private static func isLocalPart(_ part: ArraySlice<UInt8>) -> Bool {
        let dot = UInt8(ascii: ".")
        guard (1...64).contains(part.count), part.first != dot, let last = part.last else { return false }
        guard last.isASCIIAlphanumeric || [UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-")].contains(last)
        else {
            return false
        }
        var previous: UInt8 = 0
        for byte in part {
            guard byte.isASCIIAlphanumeric || "_'+-.".utf8.contains(byte) else { return false }
            guard !(byte == dot && previous == dot) else { return false }
            previous = byte
        }
        return true
    }

    private static func isDomain(_ part: ArraySlice<UInt8>) -> Bool {
        let labels = part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, let top = labels.last, top.count >= 2,
            top.allSatisfy({ $0.isASCIIAlphanumeric && !$0.isDigit })
        else { return false }
        return labels.allSatisfy { label in
            guard (1...63).contains(label.count), let first = label.first, first.isASCIIAlphanumeric else {
                return false
            }
            return label.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
        }
    }
}
