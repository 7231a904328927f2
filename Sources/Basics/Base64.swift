/// Base64 with padding (RFC 4648, section 4).
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String {
        var text = Base64URL.encodeBytes(bytes)
        for index in text.indices {
            if text[index] == UInt8(ascii: "-") { text[index] = UInt8(ascii: "+") }
            if text[index] == UInt8(ascii: "_") { text[index] = UInt8(ascii: "/") }
        }
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Accepts the two spellings that cookies have, plain and percent-encoded in upper case, and no third.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? { decode(Array(text)) }

    private static func decode(_ text: [UInt8]) -> [UInt8]? {
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                plain.append(byte)
                continue
            }
            switch (iterator.next(), iterator.next()) {
            case (UInt8(ascii: "2"), UInt8(ascii: "B")): plain.append(UInt8(ascii: "+"))
            case (UInt8(ascii: "2"), UInt8(ascii: "F")): plain.append(UInt8(ascii: "/"))
            case (UInt8(ascii: "3"), UInt8(ascii: "D")): plain.append(UInt8(ascii: "="))
            default: return nil
            }
        }
        var digits = plain
        guard digits.count % 4 == 0 else { return nil }
        while digits.last == UInt8(ascii: "=") { digits.removeLast() }
        for index in digits.indices {
            switch digits[index] {
            case UInt8(ascii: "+"): digits[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): digits[index] = UInt8(ascii: "_")
            case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
            default: break
            }
        }
        guard let bytes = Base64URL.decode(digits), encode(bytes).utf8.elementsEqual(plain) else { return nil }
        return bytes
    }
}
