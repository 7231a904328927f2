/// The reason why the result of a ceremony is refused, for the audit trail: clients are not told.
enum PasskeyRefusal: String, Error {
    case malformed
    case wrongType = "other ceremony"
    case wrongChallenge = "unknown, used or expired challenge"
    case wrongOrigin = "other origin"
    case framed = "page of another site"
    case wrongRelyingParty = "other relying party"
    case userAbsent = "no user presence"
    case userUnverified = "no user verification"
    case wrongBackupFlags = "backup flags"
    case unusableKey = "unusable public key"
    case unknownCredential = "unknown passkey"
    case otherUser = "passkey of another user"
    case wrongSignature = "wrong signature"
    /// The counter did not grow: there may be a copy.
    case counter
    /// The counter did not grow earlier.
    case suspended
}
