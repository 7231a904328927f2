import Basics

/// A passkey of a user's: a discoverable WebAuthn credential, which signs in alone.
package struct Passkey: Sendable, Hashable, Identifiable {
    package static let maximumPerAccount = 20
    /// The known ways to reach an authenticator.
    package static let transports = ["ble", "hybrid", "internal", "nfc", "smart-card", "usb"]

    package let id: PasskeyID
    package let userID: UserID
    /// The id that the authenticator has given it, in base64url.
    package let credentialID: String
    /// In COSE's form.
    package let publicKey: [UInt8]
    /// The user as authenticators know them; nil for a passkey from elsewhere, whose handle was not kept.
    package let userHandle: [UInt8]?
    package var name: ItemName
    /// The ways to reach the authenticator.
    package let transports: [String]
    /// The model of the authenticator, 32 hexadecimal digits.
    package let aaguid: String
    package let createdAt: Timestamp
    /// True if the account's address was verified when the passkey was made.
    package let isOfVerifiedAddress: Bool
    /// True if it may be on several devices.
    package let isBackupEligible: Bool
    package var isBackedUp: Bool
    package var signCount: Int64
    package var lastUsedAt: Timestamp?
    /// The time when its counter did not grow, which it does not do unless there is a copy. It is refused since.
    package var suspectedAt: Timestamp?

    package init(
        id: PasskeyID, userID: UserID, credentialID: String, publicKey: [UInt8], userHandle: [UInt8]?, name: ItemName,
        transports: [String], aaguid: String, createdAt: Timestamp, isOfVerifiedAddress: Bool, isBackupEligible: Bool,
        isBackedUp: Bool, signCount: Int64, lastUsedAt: Timestamp? = nil, suspectedAt: Timestamp? = nil
    ) {
        (self.id, self.userID, self.credentialID, self.publicKey) = (id, userID, credentialID, publicKey)
        (self.userHandle, self.name, self.transports, self.aaguid) = (userHandle, name, transports, aaguid)
        (self.createdAt, self.isOfVerifiedAddress) = (createdAt, isOfVerifiedAddress)
        (self.isBackupEligible, self.isBackedUp, self.signCount) = (isBackupEligible, isBackedUp, signCount)
        (self.lastUsedAt, self.suspectedAt) = (lastUsedAt, suspectedAt)
    }

    package static let known = AppError.invalid([
        FieldIssue("credential", "This passkey belongs to an account already.", .wrongValue)
    ])
    package static let tooMany = AppError.invalid([
        FieldIssue(
            "name", "An account may have at most \(maximumPerAccount) passkeys. Remove one first.", .tooLong)
    ])
}
