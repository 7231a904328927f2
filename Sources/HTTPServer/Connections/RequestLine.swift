import Basics
import Glibc

/// The request line (RFC 9112, section 3): method, target and version, separated by single spaces.
struct RequestLine {
    enum Version {
        /// A version that the parser supports.
        case known
        /// 1.2 or later, which is processed as 1.1 (RFC 9110, section 2.5).
        case later
        case unknown
        case malformed
    }

    let version: Version

    init(_ line: UnsafeRawBufferPointer) {
        var spaces = 0
        for byte in line where byte == UInt8(ascii: " ") { spaces += 1 }
        // The name is case-sensitive (RFC 9112, section 2.3).
        let name: StaticString = "HTTP/"
        let start = line.count - 8
        guard let base = line.baseAddress, spaces == 2, start > 2, line[start - 1] == UInt8(ascii: " "),
            memcmp(name.utf8Start, base + start, 5) == 0, line[start + 5].isDigit,
            line[start + 6] == UInt8(ascii: "."), line[start + 7].isDigit
        else {
            version = .malformed
            return
        }
        switch (line[start + 5], line[start + 7]) {
        case (UInt8(ascii: "1"), ...UInt8(ascii: "1")): version = .known
        case (UInt8(ascii: "1"), _): version = .later
        default: version = .unknown
        }
    }
}
