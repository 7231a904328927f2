import Basics

/// Persistent signing keys.
package protocol SigningKeyStore: Sendable {
    /// All stored keys, newest first.
    func signingKeys() async throws -> [SigningKeyRecord]
    /// Adds the key that signs from its `signsFrom` on, and sets all others to expire at `expiry`. With `ifNone`, only
    /// if every existing key has an expiry.
    /// - Parameter resealed: re-encrypted keys to store, unless they have changed meanwhile.
    /// - Returns: true if the key was added.
    func insert(
        _ key: SigningKeyRecord, retiringOthersAt expiry: Timestamp, resealing resealed: [ResealedKey], ifNone: Bool,
        recording event: AuditEvent
    ) async throws -> Bool
    /// Deletes a key. If it was still to begin signing, its predecessor continues.
    /// - Returns: false if there is no such key.
    func deleteSigningKey(_ id: String, at time: Timestamp, recording event: AuditEvent) async throws -> Bool
    /// Deletes keys that expired before `time`.
    func deleteExpiredSigningKeys(at time: Timestamp) async throws -> Int
}
