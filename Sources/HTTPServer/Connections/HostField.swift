import Basics

/// The grammar of `Host` (RFC 9110, section 7.2): a host and an optional port, never user information.
enum HostField {
    static func isValid(_ text: String) -> Bool {
        text.withBytes { bytes in
            guard bytes.first == UInt8(ascii: "[") else {
                let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
                return isName(bytes[..<end]) && isPort(bytes[end...])
            }
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
            return isLiteral(bytes[1..<end]) && isPort(bytes[(end + 1)...])
        }
    }

    /// A registered name or an IPv4 address (RFC 3986, section 3.2.2). The grammar allows an empty one, but no http or
    /// https URI has one (RFC 9110, section 4.2).
    private static func isName(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var index = name.startIndex
        while index < name.endIndex {
            if name[index] == UInt8(ascii: "%") {
                guard name.endIndex - index > 2, name[index + 1].isHexadecimal, name[index + 2].isHexadecimal else {
                    return false
                }
                index += 3
            } else {
                guard name[index].isUnreserved || name[index].isSubDelimiter else { return false }
                index += 1
            }
        }
        return !name.isEmpty
    }

    /// An IPv6 address, or one of a future version: `v1.x`.
    private static func isLiteral(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard text.first.map({ $0 | 0x20 }) == UInt8(ascii: "v") else {
            return text.contains(UInt8(ascii: ":")) && IPAddress(String(decoding: text, as: UTF8.self)) != nil
        }
        guard let dot = text.firstIndex(of: UInt8(ascii: ".")) else { return false }
        let (version, address) = (text[(text.startIndex + 1)..<dot], text[(dot + 1)...])
        return !version.isEmpty && version.allSatisfy(\.isHexadecimal) && !address.isEmpty
            && address.allSatisfy { $0.isUnreserved || $0.isSubDelimiter || $0 == UInt8(ascii: ":") }
    }

    /// Nothing, or a colon and zero or more digits.
    private static func isPort(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        text.isEmpty || (text.first == UInt8(ascii: ":") && text.dropFirst().allSatisfy(\.isDigit))
    }
}

extension UInt8 {
    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: isASCIIAlphanumeric
        }
    }

    fileprivate var isSubDelimiter: Bool {
        switch self {
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&")...UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: "="):
            true
        default: false
        }
    }
}
