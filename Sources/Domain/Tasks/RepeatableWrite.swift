import Basics

/// A request that its client may send again, and that then takes effect once
/// (draft-ietf-httpapi-idempotency-key-header-07).
package struct RepeatableWrite<Value: Sendable>: Sendable {
    /// SHA-256 of method, path and key, hexadecimal.
    package let digest: String
    /// SHA-256 of the body, hexadecimal.
    package let bodyDigest: String
    package let answer: @Sendable (Written<Value>) throws -> StoredAnswer

    package init(
        digest: String, bodyDigest: String, answer: @escaping @Sendable (Written<Value>) throws -> StoredAnswer
    ) {
        (self.digest, self.bodyDigest, self.answer) = (digest, bodyDigest, answer)
    }
}
