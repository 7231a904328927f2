import Basics

/// An HTTP/1 response (RFC 9112), parsed as it arrives. Parsing is strict: ambiguous input is refused, and so are
/// transfer codings, which are not allowed in a response to HTTP/1.0.
package struct FetchedAnswer {
    package static let maximumBodySize = 1024 * 1024
    static let maximumHeadSize = 16 * 1024

    private let url: String
    private var bytes: [UInt8] = []
    /// Nil until the head is complete.
    private var head: Head?

    private struct Head {
        let size: Int
        /// Nil if the body ends with the connection.
        let length: Int?
    }

    /// - Parameter url: identifies the response in messages.
    package init(url: String) { self.url = url }

    /// - Returns: the body, once it is complete.
    package mutating func append(_ part: some Collection<UInt8>) throws(FetchError) -> [UInt8]? {
        // The end of the head may be split across two parts.
        let searched = max(0, bytes.count - 3)
        bytes += part
        if head == nil { head = try readHead(from: searched) }
        guard let head else {
            guard bytes.count <= Self.maximumHeadSize else { throw FetchError("\(url) did not answer in HTTP.") }
            return nil
        }
        let received = bytes.count - head.size
        if let length = head.length, received >= length { return Array(bytes[head.size..<head.size + length]) }
        guard received <= Self.maximumBodySize else { throw tooLarge }
        return nil
    }

    /// - Returns: the body, if the end of the connection completes it.
    package func finish() throws(FetchError) -> [UInt8] {
        guard let head else { throw FetchError("\(url) did not answer in HTTP.") }
        guard head.length == nil else { throw FetchError("\(url) did not send all that it announced.") }
        return Array(bytes[head.size...])
    }

    private var tooLarge: FetchError { FetchError("\(url) answered with more than 1 MiB.") }

    private func readHead(from start: Int) throws(FetchError) -> Head? {
        guard let end = bytes[start...].firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        guard end.upperBound <= Self.maximumHeadSize else { throw FetchError("\(url) did not answer in HTTP.") }
        var lines = bytes[..<end.lowerBound].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // Each line but the last still has its carriage return; a bare line feed does not end a line.
        for index in lines.indices.dropLast() where lines[index].popLast() != UInt8(ascii: "\r") {
            throw FetchError("\(url) did not answer in HTTP.")
        }
        let status = lines.removeFirst()
        guard Self.isStatusLine(status) else { throw FetchError("\(url) did not answer in HTTP.") }
        guard status.dropFirst(9).prefix(3).elementsEqual("200".utf8) else {
            throw FetchError("\(url) answered \(Self.text(status.dropFirst(9))).", isMissingDocument: true)
        }
        var length: Int?
        for line in lines {
            guard let (name, value) = Self.field(line) else { throw FetchError("\(url) sent a malformed header.") }
            switch name {
            case "content-length":
                guard length == nil, let announced = Int(digits: value) else {
                    throw FetchError("\(url) sent a malformed Content-Length.")
                }
                guard announced <= Self.maximumBodySize else { throw tooLarge }
                length = announced
            case "transfer-encoding", "content-encoding":
                throw FetchError("\(url) answered in an encoding that it was not asked for.")
            default: break
            }
        }
        return Head(size: end.upperBound, length: length)
    }

    /// `HTTP/1.0` or `HTTP/1.1`, a space, three digits, and a space before any reason phrase.
    private static func isStatusLine(_ line: ArraySlice<UInt8>) -> Bool {
        let line = Array(line)
        guard line.starts(with: "HTTP/1.".utf8), line.count >= 12, line[7] == 0x30 || line[7] == 0x31, line[8] == 0x20,
            line[9...11].allSatisfy(\.isDigit)
        else { return false }
        return line.count == 12 || line[12] == 0x20
    }

    /// The name in lower case and the value without surrounding blanks (RFC 9112, section 5).
    private static func field(_ line: ArraySlice<UInt8>) -> (name: String, value: ArraySlice<UInt8>)? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(\.isTokenByte),
            line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
        else { return nil }
        let name = line[..<colon].map(\.asciiLowercased)
        return (String(decoding: name, as: UTF8.self), line[line.index(after: colon)...].trimmingBlanks())
    }

    /// A prefix of untrusted bytes, as visible ASCII.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix(80).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
