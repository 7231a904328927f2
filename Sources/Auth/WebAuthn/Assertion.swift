import Crypto
import Domain

/// The use of a credential (WebAuthn Level 3, section 7.2), checked but for its challenge and the credential itself.
struct Assertion {
    let data: AuthenticatorData
    /// The challenge that it answers.
    let challenge: [UInt8]
    let userHandle: [UInt8]?
    private let signed: [UInt8]
    private let signature: [UInt8]

    /// - Throws: `PasskeyRefusal`.
    init(_ response: PasskeyResponse, at relyingParty: RelyingParty) throws {
        challenge = try ClientData(response.clientData, of: .get, at: relyingParty).challenge
        let bytes = try response.bytes("authenticatorData")
        data = try AuthenticatorData(bytes, idHash: try relyingParty.idHash())
        signature = try response.bytes("signature")
        userHandle = try response.userHandle()
        // The bytes as they came, not as they would be written here.
        signed = bytes + (try SHA256.hash(response.clientData))
    }

    /// Checks the assertion against the credential that it names.
    /// - Throws: `PasskeyRefusal`; `.counter` only if everything else is right.
    func check(against passkey: Passkey) throws(PasskeyRefusal) {
        if let userHandle, let own = passkey.userHandle, userHandle != own { throw .otherUser }
        guard data.flags.contains(.backupEligible) == passkey.isBackupEligible else { throw .wrongBackupFlags }
        guard let key = try? CBORReader.read(passkey.publicKey),
            COSEKey(key)?.verifies(signature, of: signed) ?? false
        else { throw .wrongSignature }
        guard passkey.suspectedAt == nil else { throw .suspended }
        // Authenticators that do not count always tell 0.
        guard data.signCount > passkey.signCount || (data.signCount == 0 && passkey.signCount == 0) else {
            throw .counter
        }
    }
}
