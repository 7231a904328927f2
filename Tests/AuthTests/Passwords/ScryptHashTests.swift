import App
import Auth
import Basics
import Crypto
import Domain
import Storage
import TestSupport
import Testing

@Suite struct ScryptHashTests {
    /// Made by Python's hashlib.scrypt, as Better Auth makes them.
    private static let hashes = [
        (
            "correct horse battery",
            "00112233445566778899aabbccddeeff:267a33c2ae63f1c2d542f84d50b7d87c68900c8b9475f6a47ade71cf44b234822e0a34af1d226572b5caf52809319d4c486f3d209cc2fd022fb53bb4eaeb35b1"
        ),
        (
            "ﬁve µ² № café passwords",
            "fedcba98765432100123456789abcdef:8b6b3dd4ce7ae7ac04cce1c25bc0a99072de4fc664f4da4e119133d95830cc250372f5778f3f10eb81194d89d80fc131f0049e1a725be927038c519a3c643642"
        ),
        (
            String(repeating: "long ", count: 20),
            "0f1e2d3c4b5a69788796a5b4c3d2e1f0:0ee1ae8696538f0be6fb42915de37d2c3b26317b3bc16ce23f244f1c92b510c2817f8279f496d06f8a97439c4883c0f69f51acc369c3dce6f748fada8d261e8c"
        ),
    ]

    private let hasher: PasswordHasher

    init() throws { hasher = try PasswordHasher(cost: 4, threads: 2) }

    @Test func `agrees with RFC 7914, section 12`() throws {
        let key = try ScryptHash.derivedKey(
            Array("pleaseletmein".utf8), salt: Array("SodiumChloride".utf8), cost: 16_384, blockSize: 8, count: 64)

        #expect(
            Hexadecimal.encode(key)
                == "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        )
    }

    @Test(arguments: hashes)
    func `verifies what Better Auth stored`(password: String, hash: String) async throws {
        #expect(try await hasher.verify(password, against: hash))
        #expect(try await !hasher.verify(password + "x", against: hash))
        #expect(try await !hasher.verify("", against: hash))
        #expect(hasher.isOutdated(hash))
        #expect(PasswordHasher.canVerify(hash))
    }

    @Test func `two spellings of one password both verify, as in Better Auth`() async throws {
        #expect(try await hasher.verify("five \u{3BC}2 No cafe\u{301} passwords", against: Self.hashes[1].1))
        #expect(try await !hasher.verify("five m2 No cafe passwords", against: Self.hashes[1].1))
    }

    @Test(arguments: [0, 31, 33, 100, 160])
    func `a hash with one changed digit verifies no password`(position: Int) async throws {
        var bytes = Array(Self.hashes[0].1.utf8)
        bytes[position] = bytes[position] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        let changed = String(decoding: bytes, as: UTF8.self)
        #expect(try await !hasher.verify("correct horse battery", against: changed))
    }

    @Test func `a password of a megabyte is refused without harm`() async throws {
        let long = String(repeating: "\u{FDFA}", count: 300_000)
        #expect(try await !hasher.verify(long, against: Self.hashes[0].1))
    }

    @Test(arguments: [
        "", ":", "00:11", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "$2b$12$short", "pbkdf2:sha256:1$a$b",
        "$2x$10$" + String(repeating: "a", count: 53), "$2b$31$" + String(repeating: "a", count: 53),
        "$2b$+9$" + String(repeating: "a", count: 53), "$2b$10$" + String(repeating: "!", count: 53),
        "$2b$10$" + String(repeating: "a", count: 54), String(repeating: "0", count: 161),
        String(repeating: "0", count: 32) + ":" + String(repeating: "0", count: 127),
        String(repeating: "g", count: 32) + ":" + String(repeating: "0", count: 128),
    ])
    func `other kinds of hashes are recognized`(hash: String) {
        #expect(!PasswordHasher.canVerify(hash))
    }

    @Test(arguments: ["$2a$", "$2b$", "$2y$"])
    func `passlib's kinds are known`(prefix: String) async throws {
        let ours = try await hasher.hash(try NewPassword("12345678"))
        let theirs = prefix + ours.dropFirst(4)
        #expect(PasswordHasher.canVerify(theirs))
        #expect(try await hasher.verify("12345678", against: theirs))
    }

    @Test(arguments: hashes)
    func `signing in replaces the hash, unless the password is too long for ours`(
        password: String, hash: String
    ) async throws {
        try await TestDatabase.with { database in
            let service = try Services.test(on: database, hasher: hasher, configure: { $0.hasStrictPasswords = true })
                .auth
            let client = Client(ipAddress: "127.0.0.1", userAgent: "tests")
            _ = try await service.signUp(
                .init(email: "a@example.com", password: "wool-sky", username: nil), from: client)
            try await database.write { _ = try $0.execute("UPDATE users SET password_hash = \(hash)") }

            await #expect(throws: AppError.badCredentials) {
                try await service.signIn(email: "a@example.com", password: "wool-sky", from: client)
            }
            _ = try await service.signIn(email: "a@example.com", password: password, from: client)
            let kept = try await database.read { try $0.row("SELECT password_hash FROM users") { $0.text(0) } }
            _ = try await service.signIn(email: "a@example.com", password: password, from: client)

            #expect(kept?.hasPrefix("$2b$04$") == (password.utf8.count <= 72))
            #expect(kept == hash || password.utf8.count <= 72)
        }
    }
}
