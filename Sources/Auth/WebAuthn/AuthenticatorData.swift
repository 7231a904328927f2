import Crypto

/// The authenticator data of a ceremony (WebAuthn Level 3, section 6.1): what the authenticator has signed.
struct AuthenticatorData {
    struct Flags: OptionSet {
        let rawValue: UInt8

        static let userPresent = Flags(rawValue: 0x01)
        static let userVerified = Flags(rawValue: 0x04)
        static let backupEligible = Flags(rawValue: 0x08)
        static let backedUp = Flags(rawValue: 0x10)
        static let hasCredential = Flags(rawValue: 0x40)
        static let hasExtensions = Flags(rawValue: 0x80)
    }

    /// A new credential.
    struct Credential {
        /// The model of the authenticator; all zeros if it does not tell.
        let aaguid: [UInt8]
        let id: [UInt8]
        /// The public key in COSE's form.
        let publicKey: [UInt8]
    }

    static let maximumIDLength = 1023

    let flags: Flags
    let signCount: Int64
    let credential: Credential?

    /// - Throws: `PasskeyRefusal` for data of another relying party, without the user's presence, with flags that
    ///   contradict each other, or with anything after its end.
    init(_ bytes: [UInt8], idHash: [UInt8]) throws(PasskeyRefusal) {
        guard bytes.count >= 37 else { throw .malformed }
        guard Array(bytes[..<32]) == idHash else { throw .wrongRelyingParty }
        flags = Flags(rawValue: bytes[32])
        signCount = bytes[33..<37].reduce(0) { $0 << 8 | Int64($1) }
        guard flags.contains(.userPresent) else { throw .userAbsent }
        guard !flags.contains(.backedUp) || flags.contains(.backupEligible) else { throw .wrongBackupFlags }
        var end = 37
        credential = flags.contains(.hasCredential) ? try Self.credential(in: bytes, &end) : nil
        if flags.contains(.hasExtensions) {
            guard case .map = try Self.value(in: bytes, &end) else { throw .malformed }
        }
        guard end == bytes.count else { throw .malformed }
    }

    private static func credential(in bytes: [UInt8], _ end: inout Int) throws(PasskeyRefusal) -> Credential {
        guard bytes.count >= end + 18 else { throw .malformed }
        let aaguid = Array(bytes[end..<end + 16])
        let count = Int(bytes[end + 16]) << 8 | Int(bytes[end + 17])
        let start = end + 18
        guard (1...maximumIDLength).contains(count), bytes.count >= start + count else { throw .malformed }
        end = start + count
        let keyStart = end
        // Only parsing tells where the key ends.
        _ = try value(in: bytes, &end)
        return Credential(
            aaguid: aaguid, id: Array(bytes[start..<keyStart]), publicKey: Array(bytes[keyStart..<end]))
    }

    private static func value(in bytes: [UInt8], _ end: inout Int) throws(PasskeyRefusal) -> CBORValue {
        var reader = CBORReader(bytes, at: end)
        guard let value = try? reader.value() else { throw .malformed }
        end = reader.position
        return value
    }
}
