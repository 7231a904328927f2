import JSON

/// The keys that a service publishes.
package struct JWKSet: Sendable {
    package let keys: [VerificationKey]

    /// - Returns: nil for anything that is not a JWK Set, and for an ambiguous one: two keys with the same name, or
    ///   secrets next to public keys, which could lead to a public key being used as a secret.
    package init?(_ bytes: some Sequence<UInt8>) {
        guard case .object(let document)? = try? JSONReader.read(bytes), case .array(let entries)? = document["keys"]
        else { return nil }
        var keys: [VerificationKey] = []
        var ids: Set<String> = []
        var kinds: Set<Bool> = []
        for case .object(let entry) in entries {
            if case .string(let id)? = entry["kid"], !ids.insert(id).inserted { return nil }
            kinds.insert(entry["kty"] == .string("oct"))
            if let key = VerificationKey(jwk: entry) { keys.append(key) }
        }
        guard kinds.count <= 1 else { return nil }
        self.keys = keys
    }

    /// The key that a token names; a token that names none matches only if there is exactly one key.
    package func key(for token: JWS) -> VerificationKey? {
        guard let id = token.keyID else { return keys.count == 1 ? keys[0] : nil }
        return keys.first { $0.id.map { $0.utf8.elementsEqual(id.utf8) } ?? false }
    }
}
