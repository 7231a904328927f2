import Basics
import Glibc

/// Follows a head from its first byte to the empty line that ends it, as its bytes come in.
struct HeadScanner {
    /// Bytes that were looked at.
    private(set) var size = 0
    private(set) var line: Range<Int>?
    /// A field's value is followed by white space, which is no part of it (RFC 9110, section 5.5).
    private(set) var hasTrailingSpace = false
    /// A line that ends with a line feed alone: parsers differ on what that is.
    private(set) var hasBareLineFeed = false
    /// Where the line begins that was not seen to its end.
    private var lineStart = 0

    /// Bytes of the request line, as far as it came.
    var lineSize: Int { line?.count ?? size - lineStart }

    /// - Parameter bytes: all that came of the head, what was looked at before included.
    /// - Returns: whether the head ends within them, at `size`.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Bool {
        while let end = bytes.position(of: UInt8(ascii: "\n"), from: size) {
            size = end + 1
            defer { lineStart = size }
            guard end > lineStart, bytes[end - 1] == UInt8(ascii: "\r") else {
                hasBareLineFeed = true
                return false
            }
            if end - 1 > lineStart {
                if line == nil {
                    line = lineStart..<(end - 1)
                } else if bytes[end - 2].isBlank {
                    hasTrailingSpace = true
                }
            } else if line != nil {
                return true
            }
            // Empty lines before a request are overlooked (RFC 9112, section 2.2).
        }
        size = bytes.count
        return false
    }

    /// Whether the first byte of the request line can't be that of a method.
    func beginsBadly(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let start = line?.lowerBound ?? lineStart
        guard start < bytes.count else { return false }
        let first = bytes[start]
        return first != UInt8(ascii: "\r") && !first.isTokenByte
    }
}

extension UnsafeRawBufferPointer {
    func position(of byte: UInt8, from start: Int = 0) -> Int? {
        guard start < count, let baseAddress,
            let found = memchr(baseAddress + start, Int32(byte), count - start)
        else { return nil }
        return UnsafeRawPointer(found) - baseAddress
    }
}
