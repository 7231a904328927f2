/// A strict parser of CBOR (RFC 8949): definite lengths in their shortest form, no tags, no floating-point numbers, keys
/// that are integers or texts and appear once, at most eight levels. A length is compared with the bytes that are left
/// before anything is allocated.
package struct CBORReader {
    package static let maximumDepth = 8

    /// Input that is not CBOR, or a part of it that nothing here needs.
    package struct Refusal: Error, Equatable {}

    private let bytes: [UInt8]
    /// The index of the first byte that was not read.
    package private(set) var position: Int

    package init(_ bytes: [UInt8], at position: Int = 0) { (self.bytes, self.position) = (bytes, position) }

    /// The only value in these bytes.
    package static func read(_ bytes: [UInt8]) throws(Refusal) -> CBORValue {
        var reader = CBORReader(bytes)
        let value = try reader.value()
        guard reader.isAtEnd else { throw Refusal() }
        return value
    }

    package var isAtEnd: Bool { position == bytes.count }

    /// The next value.
    package mutating func value() throws(Refusal) -> CBORValue { try value(depth: 0) }

    private mutating func value(depth: Int) throws(Refusal) -> CBORValue {
        guard depth <= Self.maximumDepth else { throw Refusal() }
        let (type, information) = try head()
        switch type {
        case 0: return .integer(try integer(information))
        case 1: return .integer(-1 - (try integer(information)))
        case 2: return .bytes(Array(try take(try length(information))))
        case 3: return .text(try text(information))
        case 4:
            let count = try length(information)
            var elements: [CBORValue] = []
            for _ in 0..<count { elements.append(try value(depth: depth + 1)) }
            return .array(elements)
        case 5: return .map(try members(information, depth: depth + 1))
        case 7:
            switch information {
            case 20: return .bool(false)
            case 21: return .bool(true)
            case 22: return .null
            default: throw Refusal()
            }
        default: throw Refusal()
        }
    }

    private mutating func members(
        _ information: UInt8, depth: Int
    ) throws(Refusal) -> [CBORValue.Key: CBORValue] {
        let count = try length(information)
        var members: [CBORValue.Key: CBORValue] = [:]
        for _ in 0..<count {
            let key: CBORValue.Key
            switch try value(depth: depth) {
            case .integer(let number): key = .integer(number)
            case .text(let text): key = .text(text)
            default: throw Refusal()
            }
            guard members[key] == nil else { throw Refusal() }
            members[key] = try value(depth: depth)
        }
        return members
    }

    private mutating func text(_ information: UInt8) throws(Refusal) -> String {
        guard let text = String(validating: try take(try length(information)), as: UTF8.self) else { throw Refusal() }
        return text
    }

    /// The three bits of the type and the five that say where its number is.
    private mutating func head() throws(Refusal) -> (type: UInt8, information: UInt8) {
        guard position < bytes.count else { throw Refusal() }
        defer { position += 1 }
        return (bytes[position] >> 5, bytes[position] & 31)
    }

    private mutating func number(_ information: UInt8) throws(Refusal) -> UInt64 {
        guard information >= 24 else { return UInt64(information) }
        guard information <= 27 else { throw Refusal() }
        let size = 1 << Int(information - 24)
        let number = try take(size).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let smallest: UInt64 = size == 1 ? 24 : 1 << UInt64(4 * size)
        guard number >= smallest else { throw Refusal() }
        return number
    }

    private mutating func integer(_ information: UInt8) throws(Refusal) -> Int64 {
        guard let number = Int64(exactly: try number(information)) else { throw Refusal() }
        return number
    }

    /// The number of bytes or elements. Each takes at least one of the bytes that are left.
    private mutating func length(_ information: UInt8) throws(Refusal) -> Int {
        guard let length = Int(exactly: try number(information)), length <= bytes.count - position else {
            throw Refusal()
        }
        return length
    }

    private mutating func take(_ count: Int) throws(Refusal) -> ArraySlice<UInt8> {
        guard count <= bytes.count - position else { throw Refusal() }
        defer { position += count }
        return bytes[position..<position + count]
    }
}
