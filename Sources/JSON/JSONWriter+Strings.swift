// Strings, which are nearly all that a list consists of.
extension JSONWriter {
    /// A string whose bytes are expected to be UTF-8; invalid bytes are replaced by U+FFFD.
    @inlinable
    package mutating func string(utf8: ArraySlice<UInt8>) {
        utf8.withUnsafeBufferPointer { putQuoted($0, isValid: false) }
    }

    package mutating func string(_ value: String) {
        let isDone: Void? = value.utf8.withContiguousStorageIfAvailable { putQuoted($0, isValid: true) }
        if isDone == nil { Array(value.utf8).withUnsafeBufferPointer { putQuoted($0, isValid: true) } }
    }

    /// - Parameter isValid: true if the bytes are known to be UTF-8.
    @usableFromInline
    mutating func putQuoted(_ utf8: UnsafeBufferPointer<UInt8>, isValid: Bool) {
        separate()
        reserve(utf8.count + 2)
        start[count] = UInt8(ascii: "\"")
        count += 1
        let plain = putPlain(utf8)
        if plain < utf8.count {
            let rest = UnsafeBufferPointer(rebasing: utf8[plain...])
            if isValid || (try? UTF8Span(validating: rest.span)) != nil {
                putEscaped(rest)
            } else {
                var text = String(decoding: rest, as: UTF8.self)
                text.withUTF8 { putEscaped($0) }
            }
        }
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes bytes from the beginning that are ASCII and need no escaping, for which there must be room.
    /// - Returns: the number of bytes written. Some of those that follow are of another kind, if any do.
    private mutating func putPlain(_ utf8: UnsafeBufferPointer<UInt8>) -> Int {
        guard let first = utf8.baseAddress else { return 0 }
        let (source, target) = (UnsafeRawPointer(first), UnsafeMutableRawPointer(start + count))
        var index = 0
        if utf8.count >= 8 {
            let last = utf8.count &- 8
            while true {
                let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                guard Self.isPlain(word) else { break }
                target.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
                guard index < last else {
                    index = utf8.count
                    break
                }
                // The last word overlaps the one before.
                index = min(index &+ 8, last)
            }
        } else {
            while index < utf8.count, !Self.needsEscaping(first[index]), first[index] < 0x80 {
                start[count &+ index] = first[index]
                index &+= 1
            }
        }
        count += index
        return index
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// True if all eight bytes are ASCII and none needs escaping. The highest bit of a byte is set by subtracting more
    /// than it is, or by adding 1 to 0x7F. Carries and borrows arise only in words for which the answer is false anyway.
    private static func isPlain(_ word: UInt64) -> Bool {
        let quote = (word ^ (ones &* UInt64(UInt8(ascii: "\"")))) &- ones
        let backslash = (word ^ (ones &* UInt64(UInt8(ascii: "\\")))) &- ones
        return (word | (word &+ ones) | (word &- ones &* 0x20) | quote | backslash) & (ones &* 0x80) == 0
    }

    private static func needsEscaping(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    /// Escapes quotes, backslashes and control characters (RFC 8259, section 7). Works on bytes and not on Characters:
    /// a quote with a combining accent is one Character that is not a quote.
    private mutating func putEscaped(_ utf8: UnsafeBufferPointer<UInt8>) {
        var copied = 0
        while let index = Self.firstToEscape(utf8, from: copied) {
            let byte = utf8[index]
            put(UnsafeBufferPointer(rebasing: utf8[copied..<index]))
            copied = index + 1
            put(UInt8(ascii: "\\"))
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): put(byte)
            case 0x0A: put(UInt8(ascii: "n"))
            case 0x0D: put(UInt8(ascii: "r"))
            case 0x09: put(UInt8(ascii: "t"))
            default:
                for letter in "u00".utf8 { put(letter) }
                put(Self.digit(byte >> 4))
                put(Self.digit(byte & 15))
            }
        }
        put(UnsafeBufferPointer(rebasing: utf8[copied...]))
    }

    /// Examines eight bytes at a time. In a word, a byte is zero where the highest bit of `(x - 1) & ~x` is set, and
    /// the other searches are derived from that; a borrow can only cause a false positive, and then the bytes are
    /// checked one by one.
    private static func firstToEscape(_ utf8: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        let bytes = UnsafeRawBufferPointer(utf8)
        var index = start
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            let delete = word ^ (ones &* 0x7F)
            let found =
                ((word &- ones &* 0x20) & ~word) | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
                | ((delete &- ones) & ~delete)
            if found & (ones &* 0x80) != 0 { break }
            index += 8
        }
        while index < bytes.count {
            if needsEscaping(bytes[index]) { return index }
            index += 1
        }
        return nil
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
