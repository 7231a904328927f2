import Basics
import JSON

/// A signed token in compact form (RFC 7515, section 7.1), parsed but not yet verified.
package struct JWS: Sendable {
    /// The algorithm that the header claims.
    package let algorithm: JWSAlgorithm
    /// The id of the key, if the header has one; an opaque text, never a path or a query.
    package let keyID: String?
    package let payload: [UInt8]
    let signingInput: ArraySlice<UInt8>
    package let signature: [UInt8]

    package static let maximumLength = 16 * 1024

    /// - Returns: nil for anything but three strict base64url parts and a header that is a JSON object without unknown
    ///   algorithms, critical extensions (section 4.1.11) or an unencoded payload (RFC 7797).
    package init?(_ token: some Collection<UInt8>) {
        let bytes = Array(token)
        guard bytes.count <= Self.maximumLength else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), !signature.isEmpty,
            case .object(let fields)? = try? JSONReader.read(header),
            case .string(let name)? = fields["alg"], let algorithm = JWSAlgorithm(rawValue: name),
            fields["crit"] == nil, fields["b64"] == nil
        else { return nil }
        switch fields["kid"] {
        case nil: keyID = nil
        case .string(let text)?: keyID = text
        default: return nil
        }
        switch fields["typ"] {
        case nil: break
        case .string(let type)? where ["JWT", "jwt", "at+jwt", "JOSE"].contains(type): break
        default: return nil
        }
        self.algorithm = algorithm
        self.payload = payload
        self.signature = signature
        signingInput = bytes[..<parts[1].endIndex]
    }
}
