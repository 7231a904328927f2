import Basics
import Crypto
import JSON
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Auth

@Suite struct KeyRingTests {
    private func withRings(
        _ work: (_ ring: (_ secret: String, KeyRing.Algorithm) -> KeyRing, TestClock, any Database) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let clock = TestClock()
            let make = { (secret: String, algorithm: KeyRing.Algorithm) in
                KeyRing(
                    store: SQLSigningKeyStore(database), secrets: Secrets(current: Array(secret.utf8)),
                    algorithm: algorithm, now: { clock.now })
            }
            try await work(make, clock, database)
        }
    }

    private let payload = Array(#"{"sub":"u"}"#.utf8)

    private func isGood(_ token: String, by ring: KeyRing) async throws -> Bool {
        guard let jws = JWS(token.utf8) else { return false }
        return try await ring.verificationKey(for: jws)?.verifies(jws) ?? false
    }

    @Test(arguments: KeyRing.Algorithm.allCases)
    func `the published keys verify what the ring signs`(algorithm: KeyRing.Algorithm) async throws {
        try await withRings { ring, _, _ in
            let keys = ring("secret", algorithm)
            let token = try await keys.sign(payload)
            let published = try #require(JWKSet(try await keys.publicKeys()))
            let jws = try #require(JWS(token.utf8))
            #expect(jws.algorithm.rawValue == algorithm.rawValue)
            #expect(published.key(for: jws)?.verifies(jws) == true)
            #expect(try await isGood(token, by: keys))
        }
    }

    @Test func `no private key is published`() async throws {
        try await withRings { ring, _, _ in
            let keys = ring("secret", .rs256)
            _ = try await keys.rotate()
            _ = try await keys.rotate(to: .edDSA)
            guard case .object(let document) = try JSONReader.read(try await keys.publicKeys()),
                case .array(let entries)? = document["keys"]
            else { return #expect(Bool(false)) }
            #expect(entries.count == 2)
            for case .object(let entry) in entries {
                let names = Set(entry.members.map(\.name))
                #expect(names == ["alg", "crv", "x", "kty", "kid"] || names == ["alg", "e", "n", "kty", "kid"])
            }
        }
    }

    @Test func `an old key verifies until its tokens have expired, and not after`() async throws {
        try await withRings { ring, clock, _ in
            let keys = ring("secret", .edDSA)
            let old = try await keys.sign(payload)
            try await keys.rotate(isUrgent: true)
            let new = try await keys.sign(payload)
            #expect(JWS(old.utf8)?.keyID != JWS(new.utf8)?.keyID)
            #expect(try await isGood(old, by: keys))

            clock.advance(seconds: KeyRing.graceSeconds + 1)
            #expect(try await !isGood(old, by: keys))
            #expect(try await isGood(new, by: keys))
            #expect(try await keys.deleteExpired() == 1)
        }
    }

    @Test func `another process's key is known at once, and its revocation within seconds`() async throws {
        try await withRings { ring, clock, _ in
            let (here, there) = (ring("secret", .edDSA), ring("secret", .edDSA))
            _ = try await here.sign(payload)
            let id = try await there.rotate(isUrgent: true).id
            clock.advance(seconds: 1)
            let token = try await there.sign(payload)
            #expect(try await isGood(token, by: here))

            #expect(try await there.revoke(id))
            clock.advance(seconds: 4)
            #expect(try await !isGood(token, by: here))
        }
    }

    @Test func `two processes that start together agree on one key`() async throws {
        try await withRings { ring, _, _ in
            let rings = (0..<8).map { _ in ring("secret", .edDSA) }
            let ids = try await withThrowingTaskGroup(of: String?.self) { group in
                for keys in rings { group.addTask { JWS(try await keys.sign(Array("{}".utf8)).utf8)?.keyID } }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
        }
    }

    @Test func `the stored keys are useless without the secret`() async throws {
        try await withRings { ring, _, database in
            let token = try await ring("secret", .edDSA).sign(payload)
            let otherRing = ring("another secret", .edDSA)
            let other = try await otherRing.sign(payload)
            #expect(JWS(token.utf8)?.keyID != JWS(other.utf8)?.keyID)
            let sealed = try await database.read { try $0.rows("SELECT sealed_key FROM signing_keys") { $0.text(0) } }
            #expect(
                sealed.allSatisfy { text in
                    let bytes = Base64URL.decode(text.utf8.drop { $0 != UInt8(ascii: ".") }.dropFirst())
                    return bytes.map { PKey(privateDER: $0) == nil } ?? true
                })
        }
    }
}

@Suite struct SecretsTests {
    private let secrets = Secrets(current: Array("one".utf8))
    private let binding = Array("row 1".utf8)

    @Test func `sealed data is opened by its secret, current or previous`() throws {
        let sealed = try secrets.seal(Array("private".utf8), boundTo: binding)
        #expect(try secrets.open(sealed, boundTo: binding) == Array("private".utf8))
        let rotated = Secrets(current: Array("two".utf8), previous: [Array("one".utf8)])
        #expect(try rotated.open(sealed, boundTo: binding) == Array("private".utf8))
        #expect(try Secrets(current: Array("two".utf8)).open(sealed, boundTo: binding) == nil)
        #expect(try secrets.seal(Array("private".utf8), boundTo: binding) != sealed)
    }

    @Test func `sealed data with a changed byte is not opened`() throws {
        let sealed = Array(try secrets.seal(Array("private".utf8), boundTo: binding).utf8)
        for index in sealed.indices {
            var changed = sealed
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(try secrets.open(String(decoding: changed, as: UTF8.self), boundTo: binding) == nil)
        }
        #expect(try secrets.open("", boundTo: binding) == nil)
        #expect(try secrets.open("AAAA", boundTo: binding) == nil)
    }

    @Test func `data sealed for one row is not opened for another`() throws {
        let sealed = try secrets.seal(Array("private".utf8), boundTo: binding)
        for other in ["", "row 2", "row 1 ", "row", "row 1\0"] {
            #expect(try secrets.open(sealed, boundTo: Array(other.utf8)) == nil)
        }
        // Nor does it pass for what was sealed without a binding.
        let unmarked = String(sealed.drop { $0 != "." }.dropFirst())
        #expect(unmarked.utf8.count < sealed.utf8.count)
        #expect(try secrets.open(unmarked, boundTo: binding) == nil)
    }
}
