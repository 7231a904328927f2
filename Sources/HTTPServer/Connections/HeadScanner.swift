import Basics
import Glibc

/// Follows a head from its first byte to the empty line that ends it, as the bytes arrive.
struct HeadScanner {
    /// Bytes scanned so far.
    private(set) var size = 0
    private(set) var line: Range<Int>?
    /// True if a field value is followed by white space, which is not part of it (RFC 9110, section 5.5).
    private(set) var hasTrailingSpace = false
    /// True if a line ends with a line feed alone, which parsers interpret differently.
    private(set) var hasBareLineFeed = false
    /// The start of the line that is still incomplete.
    private var lineStart = 0

    /// Bytes of the request line received so far.
    var lineSize: Int { line?.count ?? size - lineStart }

    /// - Parameter bytes: all bytes of the head received so far, including those scanned before.
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
            // Empty lines before a request are ignored (RFC 9112, section 2.2).
        }
        size = bytes.count
        return false
    }

    /// Tells whether the first byte of the request line can't begin a method.
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
