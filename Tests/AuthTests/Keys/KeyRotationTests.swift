import Basics
import Crypto
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Auth

/// Rotation as verifiers see it, and keys in a database that was altered.
@Suite struct KeyRotationTests {
    private struct Setup {
        let clock = TestClock()
        let database: any Database
        let refused = Refusals()

        /// One more process.
        func ring(_ secret: String = "secret") -> KeyRing {
            KeyRing(
                store: SQLSigningKeyStore(database), secrets: Secrets(current: Array(secret.utf8)), algorithm: .edDSA,
                now: { [clock] in clock.now }, report: { [refused] id, cause in refused.add(id, cause) })
        }

        func alter(_ statements: SQL...) async throws {
            try await database.write { connection in for statement in statements { try connection.execute(statement) } }
        }
    }

    private final class Refusals: Sendable {
        private let all = Mutex<[String: String]>([:])
        private let count = Mutex(0)
        func add(_ id: String, _ cause: String) {
            all.withLock { $0[id] = cause }
            count.withLock { $0 += 1 }
        }
        subscript(id: String) -> String? { all.withLock { $0[id] } }
        var total: Int { count.withLock { $0 } }
    }

    private func with(_ work: (Setup) async throws -> Void) async throws {
        try await TestDatabase.with { try await work(Setup(database: $0)) }
    }

    private let payload = Array(#"{"sub":"u"}"#.utf8)

    private func token(_ ring: KeyRing) async throws -> JWS { try #require(JWS(try await ring.sign(payload).utf8)) }

    /// The longest that a verifier keeps a key set: jose's ten minutes, of an answer that a cache kept for a minute.
    private static let longestCacheSeconds: Int64 = 660

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `each token verifies with every key set that a verifier may still hold`(seed: UInt64) async throws {
        try await with { setup in
            var random = SplitMix(state: seed)
            let rings = [setup.ring(), setup.ring(), setup.ring()]
            var published: [(at: Timestamp, keys: JWKSet)] = []
            var tokens: [(at: Timestamp, token: JWS)] = []
            var kids: Set<String> = []
            var rotations = 0
            for step in 0..<600 {
                setup.clock.advance(seconds: 13)
                let now = setup.clock.now
                // Sometimes again before the last one has begun to sign.
                if step > 60, random.below(80) == 0 {
                    try await rings[random.below(3)].rotate(to: random.below(4) == 0 ? .rs256 : .edDSA)
                    rotations += 1
                    // Others have noticed within seconds (`Database.listen`).
                    for ring in rings { ring.forget(.signingKeys) }
                }
                let token = try await token(rings[random.below(3)])
                tokens.append((now, token))
                kids.insert(token.keyID ?? "")
                let keys = try await rings[random.below(3)].publicKeys()
                published.append((now, try #require(JWKSet(keys))))
                let held = published.suffix(Int(Self.longestCacheSeconds / 13))
                for (at, keys) in [held.first, held.dropFirst(held.count / 2).first, held.last].compactMap({ $0 }) {
                    let isGood = keys.key(for: token)?.verifies(token) ?? false
                    #expect(isGood, "A set of \((now.milliseconds - at.milliseconds) / 1000) s ago, step \(step)")
                }
                // And one that was signed before is good as long as it lasts, in a set that is new.
                if let old = tokens.suffix(900 / 13).first?.token {
                    #expect(held.last?.keys.key(for: old)?.verifies(old) == true, "step \(step)")
                }
            }
            #expect(rotations >= 2 && kids.count >= 2)
        }
    }

    @Test func `a new key is published at once, signs later, and its state says so`() async throws {
        try await with { setup in
            let ring = setup.ring()
            let first = try await token(ring)
            #expect(try await ring.records().map(\.state) == [.signs])
            setup.clock.advance(seconds: 1)
            let new = try await ring.rotate()
            let begins = setup.clock.now.adding(seconds: KeyRing.publicationSeconds)
            #expect(new.signsFrom == begins)
            #expect(try await ring.records().map(\.state) == [.isPublished(signsFrom: begins), .signs])
            #expect(try await JWKSet(ring.publicKeys())?.keys.map(\.id) == [new.id, first.keyID])
            setup.clock.advance(seconds: KeyRing.publicationSeconds - 1)
            #expect(try await token(ring).keyID == first.keyID)
            setup.clock.advance(seconds: 1)
            #expect(try await token(ring).keyID == new.id)
            let ends = begins.adding(seconds: KeyRing.graceSeconds)
            #expect(try await ring.records().map(\.state) == [.signs, .verifies(until: ends)])
        }
    }

    @Test func `after an urgent rotation the new key signs at once, even while another waits`() async throws {
        try await with { setup in
            let ring = setup.ring()
            let first = try await token(ring)
            setup.clock.advance(seconds: 60)
            let waiting = try await ring.rotate()
            setup.clock.advance(seconds: 60)
            let urgent = try await ring.rotate(isUrgent: true)
            for _ in 0..<40 {
                #expect(try await token(ring).keyID == urgent.id)
                setup.clock.advance(seconds: 60)
            }
            let ids = try await JWKSet(ring.publicKeys())?.keys.map(\.id)
            #expect(ids == [urgent.id, waiting.id, first.keyID])
            #expect(try await setup.ring().rotate().signsFrom > setup.clock.now)
        }
    }

    @Test func `a waiting key takes over when the signing key is revoked, and vice versa`() async throws {
        try await with { setup in
            let ring = setup.ring()
            let first = try await token(ring)
            let waiting = try await ring.rotate()
            #expect(try await ring.revoke(waiting.id))
            #expect(try await ring.records().map(\.state) == [.signs])
            for _ in 0..<30 {
                setup.clock.advance(seconds: 600)
                #expect(try await token(ring).keyID == first.keyID)
            }
            let next = try await ring.rotate()
            #expect(try await ring.revoke(first.keyID ?? ""))
            #expect(try await token(ring).keyID == next.id)
        }
    }

    @Test func `the first key of all signs at once`() async throws {
        try await with { setup in
            let ring = setup.ring()
            let key = try await ring.rotate()
            #expect(key.signsFrom == setup.clock.now)
            #expect(try await token(ring).keyID == key.id)
        }
    }

    @Test func `private keys that are swapped are refused with a reason`() async throws {
        try await with { setup in
            let ring = setup.ring()
            let first = try await token(ring)
            try await ring.rotate(isUrgent: true)
            let second = try await token(ring)
            let (a, b) = (first.keyID ?? "", second.keyID ?? "")
            let sealed = try await setup.database.read { connection in
                try connection.rows("SELECT id, sealed_key FROM signing_keys") { ($0.text(0), $0.text(1)) }
            }
            for (id, key) in sealed {
                try await setup.alter("UPDATE signing_keys SET sealed_key = \(key) WHERE id <> \(id)")
            }
            setup.clock.advance(seconds: 3)
            let other = setup.ring()
            for ring in [ring, other] {
                #expect(try await ring.verificationKey(for: first) == nil)
                #expect(try await ring.verificationKey(for: second) == nil)
            }
            #expect(setup.refused[a] == "The database holds the private key of \(b) in its place.")
            #expect(setup.refused[b] == "The database holds the private key of \(a) in its place.")
            #expect(setup.refused.total == 4, "Once for each key and process.")
            // There is still a key that signs.
            let fresh = try await token(other)
            #expect(fresh.keyID != a && fresh.keyID != b)
            #expect(try await JWKSet(ring.publicKeys())?.keys.map(\.id) == [fresh.keyID])
        }
    }

    @Test func `another algorithm, another id and an altered key are refused`()
        async throws
    {
        let statements: [(SQL, String)] = [
            ("UPDATE signing_keys SET algorithm = 'RS256'", "Its algorithm in the database"),
            ("UPDATE signing_keys SET id = 'another'", "None of the configured secrets"),
            ("UPDATE signing_keys SET sealed_key = 'bound.' || sealed_key", "None of the configured secrets"),
            ("UPDATE signing_keys SET sealed_key = substr(sealed_key, 7)", "None of the configured secrets"),
        ]
        for (statement, reason) in statements {
            try await with { setup in
                let ring = setup.ring()
                let token = try await token(ring)
                try await setup.alter(statement)
                setup.clock.advance(seconds: 3)
                #expect(try await ring.verificationKey(for: token) == nil, "\(statement.text)")
                let told = [token.keyID ?? "", "another"].compactMap { setup.refused[$0] }
                #expect(told.count == 1 && told[0].hasPrefix(reason), "\(statement.text)")
            }
        }
    }

    @Test func `a key from the previous version goes on signing, and is bound when next written`() async throws {
        // Sealed by Python's cryptography as the version before did, under "secret".
        let sealed =
            "AAECAwQFBgcICQoL5jnLOb7yDXo3Kd8lFxnwHATWrNE73tvbmvwe76hymhNZ23wA2td-HQPvIv1gaO0SoL_nUix7PN9vzpT_TAKvhw"
        let x = "aEGZsyYzpXlkWwz7-oDPth4_iwL-oovVnTqz2VeWBdg"
        try await with { setup in
            try await setup.alter(
                """
                INSERT INTO signing_keys (id, algorithm, sealed_key, created_at, signs_from)
                VALUES (\("old"), \("EdDSA"), \(sealed), \(0), \(0))
                """)
            let ring = setup.ring()
            let first = try await token(ring)
            #expect(first.keyID == "old")
            #expect(String(decoding: try await ring.publicKeys(), as: UTF8.self).contains(x))
            try await ring.rotate()
            let stored = try await setup.database.read {
                try $0.rows("SELECT sealed_key FROM signing_keys") { $0.text(0) }
            }
            #expect(stored.count == 2 && stored.allSatisfy { $0.hasPrefix("bound.") })
            for ring in [ring, setup.ring()] {
                #expect(try await ring.verificationKey(for: first)?.verifies(first) == true)
                #expect(try await token(ring).keyID == "old")
            }
            // Of another kind than the row says it is nothing.
            try await setup.alter(
                "DELETE FROM signing_keys",
                """
                INSERT INTO signing_keys (id, algorithm, sealed_key, created_at, signs_from)
                VALUES (\("old"), \("RS256"), \(sealed), \(0), \(0))
                """)
            #expect(try await token(setup.ring()).keyID != "old")
        }
    }
}
