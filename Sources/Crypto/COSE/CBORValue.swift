/// A value of CBOR (RFC 8949): the part that WebAuthn uses.
package indirect enum CBORValue: Sendable, Equatable {
    case integer(Int64)
    case bytes([UInt8])
    case text(String)
    case array([CBORValue])
    case map([Key: CBORValue])
    case bool(Bool)
    case null

    package enum Key: Sendable, Hashable {
        case integer(Int64)
        case text(String)
    }

    /// A member of a map; nil if there is none, or this is no map.
    package subscript(key: Key) -> CBORValue? {
        if case .map(let members) = self { members[key] } else { nil }
    }
}
