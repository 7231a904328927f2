import Basics

/// A path on this site that is a safe redirect target.
///
/// The rule is checked on bytes and is an allowlist: `/`, then nothing or a letter, digit, `_` or `-` (so neither
/// `//host` nor `/\host`), then only characters that all browsers read alike.
package struct LocalPath: Sendable, Equatable {
    package let text: String

    package init?(_ text: String?) {
        guard let text, text.utf8.count <= 1024 else { return nil }
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/") else { return nil }
        if bytes.count > 1 {
            guard Self.isWord(bytes[1]) else { return nil }
            guard bytes.dropFirst(2).allSatisfy({ Self.isWord($0) || "./?=&%~".utf8.contains($0) }) else { return nil }
            guard !text.contains("/.") && !text.contains("//") else { return nil }
        }
        self.text = text
    }

    private static func isWord(_ byte: UInt8) -> Bool { byte.isASCIIAlphanumeric || "_-".utf8.contains(byte) }
}
