import Basics
import Crypto
import Domain
import JSON
import Synchronization

/// The key pairs that sign tokens for other services: one signs, all unexpired ones verify and are published. A new one
/// is published before it signs, as verifiers cache the key set for some minutes.
///
/// The ring is stored in the database; each process caches it for a few seconds, and reads it again at once when a
/// token names an unknown key. So keys can be rotated while every process serves.
package final class KeyRing: Sendable {
    /// The algorithm of a new key.
    package enum Algorithm: String, Sendable, CaseIterable {
        case edDSA = "EdDSA"
        case rs256 = "RS256"
    }

    private struct Entry: Sendable {
        let record: SigningKeyRecord
        let algorithm: Algorithm
        let key: PKey
    }

    private struct Ring: Sendable {
        var entries: [Entry] = []
        var readAt = Timestamp(milliseconds: .min)
        /// Refused keys that were already reported.
        var reported: Set<String> = []
    }

    /// The state of a key at a given time.
    package enum State: Sendable, Equatable {
        case signs
        /// Published, and signs later.
        case isPublished(signsFrom: Timestamp)
        /// No longer signs.
        case verifies(until: Timestamp)
    }

    /// The age at which the cached keys are read again, in milliseconds.
    private static let maximumAge: Int64 = 2000
    /// The minimum age before they are read again, in milliseconds, regardless of which keys are requested.
    private static let minimumAge: Int64 = 250
    /// The time for which a retired key's tokens are accepted: their lifetime, and an hour for clock skew and caches.
    package static let graceSeconds: Int64 = 3600 + 900
    /// The time for which a new key is published before it signs: longer than verifiers cache a key set. PyJWT caches
    /// it for 5 minutes and jose for 10, and a shared cache may already hold it for a minute.
    package static let publicationSeconds: Int64 = 900

    private let store: any SigningKeyStore
    private let sealedKeys: SealedKeys
    private let algorithm: Algorithm
    private let onNewKey: @Sendable (String) -> Void
    private let now: @Sendable () -> Timestamp
    private let report: @Sendable (_ id: String, _ cause: String) -> Void
    private let ring = Mutex(Ring())

    /// - Parameters:
    ///   - onNewKey: receives the id of each key that is created.
    ///   - report: receives each refused key, once, with the reason.
    package init(
        store: any SigningKeyStore, secrets: Secrets, algorithm: Algorithm,
        now: @escaping @Sendable () -> Timestamp, onNewKey: @escaping @Sendable (String) -> Void = { _ in },
        report: @escaping @Sendable (_ id: String, _ cause: String) -> Void = { _, _ in }
    ) {
        self.report = report
        self.store = store
        sealedKeys = SealedKeys(secrets)
        self.algorithm = algorithm
        self.onNewKey = onNewKey
        self.now = now
    }

    // MARK: Signing

    /// A JWS of the payload under the signing key; creates the first key if there is none.
    package func sign(_ payload: [UInt8]) async throws -> String {
        let entry = try await signingEntry()
        var header = JSONWriter(capacity: 96)
        header.object {
            $0.member("alg", entry.algorithm.rawValue)
            $0.member("kid", entry.record.id)
        }
        var token = Base64URL.encodeBytes(header.bytes)
        token.append(UInt8(ascii: "."))
        token += Base64URL.encodeBytes(payload)
        let signature = try entry.key.sign(token, by: entry.algorithm.jws)
        token.append(UInt8(ascii: "."))
        token += Base64URL.encodeBytes(signature)
        return String(decoding: token, as: UTF8.self)
    }

    private func signingEntry() async throws -> Entry {
        for attempt in 0..<3 {
            if let entry = Self.signing(try await entries(), at: now()) { return entry }
            // Two processes may get here at once; the database lets one of them add its key. If there is still none
            // that our secrets decrypt, another secret is in use, and this process no longer signs.
            _ = try await insertNewKey(ifNone: attempt == 0)
        }
        throw CryptoError("making a signing key")
    }

    /// The key that signs at `time`; if there is none, the first that is to sign later.
    private static func signing(_ entries: [Entry], at time: Timestamp) -> Entry? {
        let signing = entries.filter { $0.record.signsFrom <= time && $0.record.retiresAt.map { $0 > time } ?? true }
        return signing.max { $0.record.signsFrom < $1.record.signsFrom }
            ?? entries.filter { $0.record.signsFrom > time }.min { $0.record.signsFrom < $1.record.signsFrom }
    }

    // MARK: Verifying

    /// The key that a token names, if it is one of ours and has not expired.
    package func verificationKey(for token: JWS) async throws -> VerificationKey? {
        guard let id = token.keyID else { return nil }
        func find(_ entries: [Entry]) -> VerificationKey? {
            entries.first { $0.record.id.utf8.elementsEqual(id.utf8) }.map {
                VerificationKey(id: id, algorithms: [$0.algorithm.jws], publicKey: $0.key)
            }
        }
        if let key = find(try await entries()) { return key }
        // Another process may have rotated. Invented key ids must not cause a read each.
        let age = now().milliseconds &- ring.withLock { $0.readAt.milliseconds }
        guard age > Self.minimumAge else { return nil }
        forget()
        return find(try await entries())
    }

    /// The JWK Set that other services verify with (RFC 7517), without anything private.
    package func publicKeys() async throws -> [UInt8] {
        _ = try await signingEntry()
        let entries = try await entries()
        let numbers = try entries.map { entry in
            switch entry.algorithm {
            case .edDSA: (x: Base64URL.encode(try entry.key.rawPublicKey()), e: "")
            case .rs256:
                try { (x: Base64URL.encode($0.n), e: Base64URL.encode($0.e)) }(entry.key.rsaPublicNumbers())
            }
        }
        var json = JSONWriter()
        json.object { json in
            json.name("keys")
            json.array { json in
                for (entry, number) in zip(entries, numbers) {
                    json.object {
                        $0.member("alg", entry.algorithm.rawValue)
                        switch entry.algorithm {
                        case .edDSA:
                            $0.member("crv", "Ed25519")
                            $0.member("x", number.x)
                            $0.member("kty", "OKP")
                        case .rs256:
                            $0.member("e", number.e)
                            $0.member("n", number.x)
                            $0.member("kty", "RSA")
                        }
                        $0.member("kid", entry.record.id)
                    }
                }
            }
        }
        return json.bytes
    }

    // MARK: Maintenance

    /// Creates a new key, which is published now and signs once verifiers have had time to fetch it; the old ones
    /// verify until their tokens have expired.
    /// - Parameter isUrgent: true to sign at once, which verifiers with a cached key set may refuse for a while.
    /// - Returns: the new key.
    @discardableResult
    package func rotate(
        to algorithm: Algorithm? = nil, isUrgent: Bool = false, by source: AuditEvent.Source = .server
    ) async throws -> SigningKeyRecord {
        // Before the first key, verifiers cannot have cached another key set.
        let hasKey = Self.signing(try await entries(), at: now()) != nil
        return try await insertNewKey(
            algorithm, ifNone: false, signingAfter: hasKey && !isUrgent ? Self.publicationSeconds : 0, by: source)
    }

    /// Revokes a key at once, with every token that it signed. False if there is no such key.
    package func revoke(_ id: String, by source: AuditEvent.Source = .server) async throws -> Bool {
        defer { forget() }
        let time = now()
        let event = AuditEvent(.keyRevoked, at: time, by: source, [.init("key", id)])
        return try await store.deleteSigningKey(id, at: time, recording: event)
    }

    /// All stored keys, newest first.
    package func records() async throws -> [(record: SigningKeyRecord, state: State)] {
        let time = now()
        return try await store.signingKeys().map { record in
            if record.signsFrom > time { return (record, .isPublished(signsFrom: record.signsFrom)) }
            guard let expiresAt = record.expiresAt, let retiresAt = record.retiresAt, retiresAt <= time else {
                return (record, .signs)
            }
            return (record, .verifies(until: expiresAt))
        }
    }

    /// Deletes expired keys; returns their number.
    package func deleteExpired() async throws -> Int { try await store.deleteExpiredSigningKeys(at: now()) }

    private func insertNewKey(
        _ algorithm: Algorithm? = nil, ifNone: Bool, signingAfter seconds: Int64 = 0,
        by source: AuditEvent.Source = .server
    ) async throws -> SigningKeyRecord {
        let algorithm = algorithm ?? self.algorithm
        let time = now()
        let signsFrom = time.adding(seconds: seconds)
        let key = try PKey.generate(algorithm.kind)
        let id = try SecureRandom.alphanumerics(32)
        let record = SigningKeyRecord(
            id: id, algorithm: algorithm.rawValue,
            sealedKey: try sealedKeys.seal(key, id: id, algorithm: algorithm.rawValue), createdAt: time,
            signsFrom: signsFrom, expiresAt: nil)
        let resealed = try await store.signingKeys().compactMap(sealedKeys.reseal)
        let event = AuditEvent(
            ifNone ? .keyCreated : .keyRotated, at: time, by: source,
            [.init("key", record.id), .init("algorithm", record.algorithm)])
        let isKept = try await store.insert(
            record, retiringOthersAt: signsFrom.adding(seconds: Self.graceSeconds), resealing: resealed,
            ifNone: ifNone, recording: event)
        if isKept { onNewKey(record.id) }
        forget()
        return record
    }

    private func open(_ record: SigningKeyRecord) throws -> Entry? {
        try sealedKeys.open(record).map { Entry(record: record, algorithm: $0.algorithm, key: $0.key) }
    }

    /// Handles a change to the database made elsewhere.
    package func forget(_ change: Change) {
        switch change {
        case .signingKeys, .anything: forget()
        case .session, .user, .tasks: break
        }
    }

    private func forget() { ring.withLock { $0.readAt = Timestamp(milliseconds: .min) } }

    /// The usable keys. Those that none of our secrets decrypts are left out.
    private func entries() async throws -> [Entry] {
        let time = now()
        let known = ring.withLock { $0 }
        let age = time.milliseconds.subtractingReportingOverflow(known.readAt.milliseconds)
        if !age.overflow, (0..<Self.maximumAge).contains(age.partialValue) {
            return known.entries.filter { ($0.record.expiresAt ?? time.adding(seconds: 1)) > time }
        }
        let records = try await store.signingKeys()
        let opened = Dictionary(known.entries.map { ($0.record.id, $0) }) { first, _ in first }
        let entries = try records.compactMap { record -> Entry? in
            guard (record.expiresAt ?? time.adding(seconds: 1)) > time else { return nil }
            if let entry = opened[record.id], entry.record.sealedKey == record.sealedKey,
                entry.record.algorithm == record.algorithm
            {
                return Entry(record: record, algorithm: entry.algorithm, key: entry.key)
            }
            if let entry = try open(record) { return entry }
            if ring.withLock({ $0.reported.insert(record.id).inserted }) {
                report(record.id, try sealedKeys.reasonForRefusal(of: record, among: records))
            }
            return nil
        }
        ring.withLock { ($0.entries, $0.readAt) = (entries, time) }
        return entries
    }
}

extension KeyRing.Algorithm {
    var jws: JWSAlgorithm { self == .edDSA ? .edDSA : .rs256 }
    var kind: PKey.Kind { self == .edDSA ? .ed25519 : .rsa3072 }
}

extension SigningKeyRecord {
    /// The time at which another key takes over signing; nil if none is known.
    fileprivate var retiresAt: Timestamp? { expiresAt?.adding(seconds: -KeyRing.graceSeconds) }
}
