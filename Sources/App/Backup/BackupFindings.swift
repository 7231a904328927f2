import Storage

/// The result of checking a backup that is of use.
package struct BackupFindings: Sendable {
    /// The relation of a backup to the secrets at hand.
    package enum SecretVerdict: Sendable {
        /// It was made with the current secret, or with a previous one that is still configured.
        case known
        case foreign
        /// There is no secret to compare with, or none was used yet.
        case unknown
    }

    package let inspection: DatabaseInspection
    /// Nil for a file without a manifest.
    package let manifest: BackupManifest?
    package let secret: SecretVerdict
    /// The number of signing keys that the secrets open.
    package let openedKeys: Int
}
