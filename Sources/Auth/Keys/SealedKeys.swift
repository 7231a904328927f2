import Crypto
import Domain

/// Private keys as stored in the database: encrypted under the secret, and bound to the id and the algorithm of their
/// row, so that rows can't be swapped.
package struct SealedKeys: Sendable {
    private let secrets: Secrets

    package init(_ secrets: Secrets) { self.secrets = secrets }

    package func canOpen(_ record: SigningKeyRecord) throws -> Bool { try open(record) != nil }

    func seal(_ key: PKey, id: String, algorithm: String) throws -> String {
        try secrets.seal(try key.privateDER(), boundTo: Self.binding(id, algorithm))
    }

    /// - Returns: nil for a key that no configured secret decrypts, or that belongs to another row.
    func open(_ record: SigningKeyRecord) throws -> (algorithm: KeyRing.Algorithm, key: PKey)? {
        guard let algorithm = KeyRing.Algorithm(rawValue: record.algorithm),
            let der = try secrets.open(record.sealedKey, boundTo: Self.binding(record.id, record.algorithm)),
            let key = PKey(privateDER: der), key.isOf(algorithm.kind)
        else { return nil }
        return (algorithm, key)
    }

    /// - Returns: nil for a key that is already bound, or can't be decrypted.
    func reseal(_ record: SigningKeyRecord) throws -> ResealedKey? {
        guard !Secrets.isBound(record.sealedKey), let (_, key) = try open(record) else { return nil }
        return ResealedKey(
            id: record.id, old: record.sealedKey, new: try seal(key, id: record.id, algorithm: record.algorithm))
    }

    /// Explains why a key can't be decrypted.
    func reasonForRefusal(of record: SigningKeyRecord, among records: [SigningKeyRecord]) throws -> String {
        let others = records.filter { $0.id != record.id }.map { ($0.id, $0.algorithm) }
        let own = KeyRing.Algorithm.allCases.map { (record.id, $0.rawValue) }
        let owner = try (own + others).first { id, algorithm in
            try Secrets.isBound(record.sealedKey)
                && secrets.open(record.sealedKey, boundTo: Self.binding(id, algorithm)) != nil
        }
        switch owner {
        case nil: return "None of the configured secrets opens its private key, or the key was altered."
        case (record.id, _)?: return "Its algorithm in the database is not the one that it was made for."
        case (let id, _)?: return "The database holds the private key of \(id) in its place."
        }
    }

    private static func binding(_ id: String, _ algorithm: String) -> [UInt8] {
        Array("signing key\0\(id)\0\(algorithm)".utf8)
    }
}
