import Domain

/// The traces in a database of the secret that it was used with.
package struct SecretEvidence: Sendable {
    package let code: String?
    /// For a database not yet used by a version with such a MAC: keys sealed with its secret, and the end of its audit
    /// trail.
    package let sealedKeys: [SigningKeyRecord]
    package let auditHead: AuditHead?

    /// A database that no secret was used with.
    static let none = SecretEvidence(code: nil, sealedKeys: [], auditHead: nil)

    package var isEmpty: Bool { code == nil && sealedKeys.isEmpty && auditHead == nil }
}
