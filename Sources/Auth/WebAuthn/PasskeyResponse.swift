import Basics
import Domain
import JSON

/// The result of a ceremony as a browser tells it: the output of `PublicKeyCredential.toJSON()`.
package struct PasskeyResponse: Sendable {
    /// The credential's id.
    let id: [UInt8]
    let clientData: [UInt8]
    private let response: JSONObject

    /// - Returns: nil for an object that cannot be one.
    package init?(_ object: JSONObject) {
        guard case .string("public-key")? = object["type"], case .string(let id)? = object["id"],
            case .string(let rawID)? = object["rawId"], id.hasSameBytes(as: rawID),
            let bytes = Base64URL.decode(id.utf8), (1...AuthenticatorData.maximumIDLength).contains(bytes.count),
            case .object(let response)? = object["response"]
        else { return nil }
        (self.id, self.response) = (bytes, response)
        guard let clientData = Self.bytes("clientDataJSON", in: response) else { return nil }
        self.clientData = clientData
    }

    /// - Parameter text: the object as JSON.
    package init?(json text: String) {
        guard case .object(let object)? = try? JSONReader.read(text.utf8) else { return nil }
        self.init(object)
    }

    /// - Throws: `PasskeyRefusal.malformed` unless there is such a member, in base64url.
    func bytes(_ name: String) throws(PasskeyRefusal) -> [UInt8] {
        guard let bytes = Self.bytes(name, in: response) else { throw .malformed }
        return bytes
    }

    /// The user handle, which not all authenticators tell.
    func userHandle() throws(PasskeyRefusal) -> [UInt8]? {
        switch response["userHandle"] {
        case nil, .null?: nil
        default: try bytes("userHandle")
        }
    }

    /// The ways to reach the authenticator, as far as they are known words.
    var transports: [String] {
        guard case .array(let values)? = response["transports"] else { return [] }
        return Passkey.transports.filter { values.contains(.string($0)) }
    }

    private static func bytes(_ name: String, in response: JSONObject) -> [UInt8]? {
        guard case .string(let text)? = response[name] else { return nil }
        return Base64URL.decode(text.utf8)
    }
}
