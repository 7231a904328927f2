import Basics

/// Signing keys on disk.
package protocol SigningKeyStore: Sendable {
    /// All that are kept, newest first.
    func signingKeys() async throws -> [SigningKeyRecord]
    /// Adds the key that signs from its `signsFrom` on, and lets all others run out at `expiry`. With `ifNone`, only
    /// where no key is without an end.
    /// - Parameter resealed: keys to store as they are encrypted now, unless they have changed meanwhile.
    /// - Returns: whether the key was added.
    func insert(
        _ key: SigningKeyRecord, retiringOthersAt expiry: Timestamp, resealing resealed: [ResealedKey], ifNone: Bool,
        recording event: AuditEvent
    ) async throws -> Bool
    /// Deletes a key. Where that was to sign only later, the one before it goes on.
    /// - Returns: false where there is no such key.
    func deleteSigningKey(_ id: String, at time: Timestamp, recording event: AuditEvent) async throws -> Bool
    /// Forgets keys that ran out before `time`.
    func deleteExpiredSigningKeys(at time: Timestamp) async throws -> Int
}
