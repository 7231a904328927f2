import Basics
import Crypto
import FoundationEssentials
import TestSupport
import Testing

@testable import Auth

@Suite struct SecretRuleTests {
    @Test(arguments: [
        // Better Auth's fallback, and the example of seed 003.
        "better-auth-secret-12345678901234567890", "Better-Auth-Secret-12345678901234567890",
        "your-secret-key-min-32-chars-change-in-production",
    ])
    func `published secrets are recognized`(secret: String) {
        #expect(SecretRule.weakness(of: secret.utf8) == .published)
    }

    @Test(arguments: [
        "changeme-changeme-now-changeme-please", "CHANGE_ME_TO_SOMETHING_RANDOM_0123",
        "replace-this-with-32-random-characters!",
        "your-super-secret-key-of-32-characters", "this_is_a_secret_that_should_be_long",
        "<insert your own secret here please>",
        "$(openssl rand -base64 32) # pasted", "my-super-duper-jwt-secret-key-2026!!",
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "django-insecure-q8x!v2#m0p$w7n@c4k^z1b", "YourSecretKeyHere_YourSecretKeyHere_",
        "example-secret-for-the-tutorial-9f31",
    ])
    func `placeholders are recognized`(secret: String) {
        #expect(secret.utf8.count >= SecretRule.minimumLength)
        #expect(SecretRule.weakness(of: secret.utf8) == .placeholder)
    }

    @Test(arguments: [
        String(repeating: "a", count: 36), String(repeating: "ab", count: 20), String(repeating: "hunter2", count: 5),
        String(repeating: "correct", count: 5) + "co", String(repeating: "0123456789", count: 4),
        "0123456789abcdef0123456789abcdef", "abcdefghijklmnopqrstuvwxyz0123456789", "aaaaaaaabbbbbbbbccccccccdddddddd",
        "11111111222222223333333344444444555555", String(repeating: "x", count: 31) + "y",
    ])
    func `repetitions are recognized`(secret: String) {
        #expect(SecretRule.weakness(of: secret.utf8) == .repetition)
    }

    @Test func `random secrets are never mistaken for weak ones`() throws {
        for _ in 0..<5000 {
            let bytes = try SecureRandom.bytes(32)
            for secret in [
                Base64URL.encode(bytes), Base64.encode(bytes), Hexadecimal.encode(bytes.prefix(16)),
                try SecureRandom.alphanumerics(32), UUID().uuidString,
            ] {
                #expect(SecretRule.weakness(of: secret.utf8) == nil, "\(secret)")
            }
        }
    }
}

@Suite struct SecretCheckTests {
    private let one = Array(repeating: UInt8(1), count: 32)
    private let two = Array(repeating: UInt8(2), count: 32)

    @Test func `a check code verifies with its secret, current or previous`() throws {
        let code = try SecretCheck(Secrets(current: one)).code
        #expect(try SecretCheck(Secrets(current: one)).verdict(on: code) == .current)
        #expect(try SecretCheck(Secrets(current: two, previous: [one])).verdict(on: code) == .previous)
        #expect(try SecretCheck(Secrets(current: two)).verdict(on: code) == .unknown)
        for wrong in ["", code.uppercased(), String(code.dropLast()), code + "0"] {
            #expect(try SecretCheck(Secrets(current: one)).verdict(on: wrong) == .unknown)
        }
    }
}
