import Basics
import JSON

/// The client data of a ceremony (WebAuthn Level 3, section 5.8.1): the browser's statement of what was asked, and by
/// which page. Members that are not known are ignored, as browsers add some on purpose.
struct ClientData {
    enum Ceremony: String {
        case create = "webauthn.create"
        case get = "webauthn.get"
    }

    let challenge: [UInt8]

    /// - Throws: `PasskeyRefusal` for other client data than a page of this origin gets in this ceremony. The challenge is
    ///   still to be checked.
    init(_ bytes: [UInt8], of ceremony: Ceremony, at relyingParty: RelyingParty) throws(PasskeyRefusal) {
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        guard case .object(let object)? = try? JSONReader.read(text), case .string(let type)? = object["type"],
            case .string(let challenge)? = object["challenge"], case .string(let origin)? = object["origin"],
            let challenge = Base64URL.decode(challenge.utf8)
        else { throw .malformed }
        guard type.hasSameBytes(as: ceremony.rawValue) else { throw .wrongType }
        guard origin.hasSameBytes(as: relyingParty.origin) else { throw .wrongOrigin }
        guard object["crossOrigin"] ?? .bool(false) == .bool(false), object["topOrigin"] == nil else { throw .framed }
        self.challenge = challenge
    }
}
