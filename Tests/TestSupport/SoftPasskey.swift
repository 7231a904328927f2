import Basics
import Crypto

/// A passkey in memory, with the browser in front of it: answers as `PublicKeyCredential.toJSON()` writes them.
package struct SoftPasskey: Sendable {
    /// User present and verified, eligible for backup and backed up.
    package static let allFlags: UInt8 = 0x1D

    package let id: [UInt8]
    /// The flags of the authenticator data; that of a new credential is added.
    package var flags = SoftPasskey.allFlags
    package var signCount: UInt32 = 1
    package var userHandle: [UInt8]?
    package var origin: String
    package var relyingParty: String
    /// Members that the browser adds to the client data.
    package var clientData = #","crossOrigin":false"#
    private let key: PKey

    package init(at origin: String, _ relyingParty: String) throws {
        (self.origin, self.relyingParty) = (origin, relyingParty)
        id = try SecureRandom.bytes(32)
        key = try PKey.generate(.ed25519)
    }

    private init(_ other: SoftPasskey, id: [UInt8]) {
        (self.id, key, flags, signCount, userHandle) = (id, other.key, other.flags, other.signCount, other.userHandle)
        (origin, relyingParty) = (other.origin, other.relyingParty)
    }

    /// The same key under another id.
    package func named(_ id: [UInt8]) -> SoftPasskey { SoftPasskey(self, id: id) }

    /// The passkey without one flag.
    package func without(_ flag: UInt8) -> SoftPasskey {
        var copy = self
        copy.flags &= ~flag
        return copy
    }

    /// The passkey with another counter.
    package func counting(_ count: UInt32) -> SoftPasskey {
        var copy = self
        copy.signCount = count
        return copy
    }

    /// In COSE's form.
    package func publicKey() throws -> [UInt8] {
        [0xA4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 0x20] + (try key.rawPublicKey())
    }

    /// The result of making it.
    package func creation(_ challenge: [UInt8]) throws -> String {
        let credential = try [UInt8](repeating: 0, count: 16) + [0, UInt8(id.count)] + id + publicKey()
        let data = try head(0x40) + credential
        let object: [UInt8] =
            [0xA3, 0x63] + Array("fmt".utf8) + [0x64] + Array("none".utf8) + [0x67] + Array("attStmt".utf8)
            + [0xA0, 0x68] + Array("authData".utf8) + [0x58, UInt8(data.count)] + data
        return json(
            #""clientDataJSON":"\#(client("create", challenge))","attestationObject":"\#(Base64URL.encode(object))","transports":["internal","x"]"#
        )
    }

    /// The result of using it.
    package func assertion(_ challenge: [UInt8]) throws -> String {
        let (data, client) = (try head(0), client("get", challenge))
        let signed = try data + SHA256.hash(Base64URL.decode(client.utf8) ?? [])
        let signature = try key.sign(signed, by: .edDSA)
        let handle = userHandle.map { #","userHandle":"\#(Base64URL.encode($0))""# } ?? ""
        return json(
            #""clientDataJSON":"\#(client)","authenticatorData":"\#(Base64URL.encode(data))","signature":"\#(Base64URL.encode(signature))"\#(handle)"#
        )
    }

    private func head(_ more: UInt8) throws -> [UInt8] {
        let count = (0..<4).reversed().map { UInt8(truncatingIfNeeded: signCount >> (8 * UInt32($0))) }
        return try SHA256.hash(relyingParty.utf8) + [flags | more] + count
    }

    private func client(_ ceremony: String, _ challenge: [UInt8]) -> String {
        let text =
            #"{"type":"webauthn.\#(ceremony)","challenge":"\#(Base64URL.encode(challenge))","origin":"\#(origin)"\#(clientData)}"#
        return Base64URL.encode(text.utf8)
    }

    private func json(_ response: String) -> String {
        let id = Base64URL.encode(id)
        return
            #"{"id":"\#(id)","rawId":"\#(id)","type":"public-key","response":{\#(response)},"authenticatorAttachment":"platform","clientExtensionResults":{}}"#
    }
}
