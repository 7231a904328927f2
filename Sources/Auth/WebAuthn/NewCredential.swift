import Crypto

/// A credential that an authenticator has just made (WebAuthn Level 3, section 7.1), checked but for its challenge.
struct NewCredential {
    let id: [UInt8]
    let publicKey: [UInt8]
    let data: AuthenticatorData
    /// The challenge that it answers.
    let challenge: [UInt8]
    let aaguid: [UInt8]

    /// - Throws: `PasskeyRefusal`. An attestation is not asked for, and one that comes all the same is not looked at.
    init(_ response: PasskeyResponse, at relyingParty: RelyingParty) throws {
        challenge = try ClientData(response.clientData, of: .create, at: relyingParty).challenge
        guard let object = try? CBORReader.read(try response.bytes("attestationObject")),
            case .bytes(let bytes)? = object[.text("authData")],
            case .text(let format)? = object[.text("fmt")],
            case .map(let statement)? = object[.text("attStmt")],
            format != "none" || statement.isEmpty
        else { throw PasskeyRefusal.malformed }
        data = try AuthenticatorData(bytes, idHash: try relyingParty.idHash())
        guard let credential = data.credential, credential.id == response.id else { throw PasskeyRefusal.malformed }
        guard let key = try? CBORReader.read(credential.publicKey), COSEKey(key) != nil else {
            throw PasskeyRefusal.unusableKey
        }
        (id, publicKey, aaguid) = (credential.id, credential.publicKey, credential.aaguid)
    }
}
