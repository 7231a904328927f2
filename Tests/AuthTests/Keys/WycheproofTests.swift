import Crypto
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import Auth

/// Project Wycheproof's vectors against our verifiers. They lie beside the repository, not in it: where they are not,
/// the tests say so in one line and have nothing to check.
@Suite struct WycheproofTests {
    private func vectors(_ name: String) throws -> JSONObject? {
        let path = packageRoot + "/../shared/vectors/\(name).json"
        guard let data = FileManager.default.contents(atPath: path) else {
            print("Wycheproof: \(name).json is not here, so its vectors were not tried.")
            return nil
        }
        guard case .object(let document) = try JSONReader.read(data) else { return nil }
        return document
    }

    private func tests(_ document: JSONObject) -> [(group: JSONObject, test: JSONObject)] {
        document.objects("testGroups").flatMap { group in group.objects("tests").map { (group, $0) } }
    }

    @Test func `JSON Web Signatures`() throws {
        guard let document = try vectors("json_web_signature_test") else { return }
        // Byte-identical to a valid one yet marked invalid, or marked valid with a MAC that does not match.
        let unusable: Set<Int64> = [367, 370, 372, 373]
        var (right, wrong): (Int, [Int64]) = (0, [])
        for (group, test) in tests(document) where !unusable.contains(test.number("tcId")) {
            let jwk = group.object("public") ?? group.object("private") ?? JSONObject()
            let key = VerificationKey(jwk: jwk)
            let token = JWS(test.text("jws").utf8)
            var isValid = false
            if let key, let token { isValid = (token.keyID == nil || token.keyID == key.id) && key.verifies(token) }
            if isValid == (test.text("result") == "valid") { right += 1 } else { wrong.append(test.number("tcId")) }
        }
        print("Wycheproof: \(right) of \(right + wrong.count) JWS verdicts right")
        #expect(wrong.isEmpty)
        #expect(right == 397)
    }

    @Test func `JSON Web Keys`() throws {
        guard let document = try vectors("json_web_key_test") else { return }
        var (right, wrong): (Int, [Int64]) = (0, [])
        for (group, test) in tests(document) {
            let text = group.object("public") ?? group.object("private") ?? JSONObject()
            var json = JSONWriter()
            json.value(.object(text))
            let token = JWS(test.text("jws").utf8)
            var isValid = false
            if let set = JWKSet(json.bytes), let token { isValid = set.key(for: token)?.verifies(token) ?? false }
            if isValid == (test.text("result") == "valid") { right += 1 } else { wrong.append(test.number("tcId")) }
        }
        print("Wycheproof: \(right) of \(right + wrong.count) JWK verdicts right")
        #expect(wrong.isEmpty)
    }

    @Test(arguments: [
        ("ed25519_test", JWSAlgorithm.edDSA, "publicKeyJwk"), ("rsa_signature_2048_sha256_test", .rs256, "keyJwk"),
    ])
    func signatures(file: String, algorithm: JWSAlgorithm, member: String) throws {
        guard let document = try vectors(file) else { return }
        var (right, wrong): (Int, [Int64]) = (0, [])
        for (group, test) in tests(document) {
            guard var jwk = group.object(member) else { continue }
            if algorithm == .rs256 { jwk = jwk.without("alg") }
            let key = try #require(VerificationKey(jwk: jwk), "\(test.number("tcId"))")
            let isValid = key.verifies(
                test.bytes("sig"), of: test.bytes("msg"), by: algorithm)
            // An "acceptable" vector may go either way.
            let result = test.text("result")
            if result == "acceptable" || isValid == (result == "valid") {
                right += 1
            } else {
                wrong.append(test.number("tcId"))
            }
        }
        print("Wycheproof: \(right) of \(right + wrong.count) verdicts right in \(file)")
        #expect(wrong.isEmpty)
        #expect(right > 100)
    }

    @Test func `HMAC-SHA-256`() throws {
        guard let document = try vectors("hmac_sha256_test") else { return }
        var (right, wrong): (Int, [Int64]) = (0, [])
        for (group, test) in tests(document) {
            let code = try HMACSHA256(key: test.bytes("key")).code(for: test.bytes("msg"))
            let tag = test.bytes("tag")
            // Truncated tags are no JWS signatures; the code's beginning is compared, the whole of it where it is whole.
            let isValid = ConstantTime.isEqual(Array(code.prefix(Int(group.number("tagSize")) / 8)), tag)
            if isValid == (test.text("result") == "valid") { right += 1 } else { wrong.append(test.number("tcId")) }
        }
        print("Wycheproof: \(right) of \(right + wrong.count) HMAC verdicts right")
        #expect(wrong.isEmpty)
        #expect(right == 174)
    }
}

extension JSONObject {
    fileprivate func objects(_ name: String) -> [JSONObject] {
        guard case .array(let elements)? = self[name] else { return [] }
        return elements.compactMap { if case .object(let object) = $0 { object } else { nil } }
    }

    fileprivate func object(_ name: String) -> JSONObject? {
        if case .object(let object)? = self[name] { object } else { nil }
    }

    fileprivate func text(_ name: String) -> String {
        if case .string(let text)? = self[name] { text } else { "" }
    }

    fileprivate func number(_ name: String) -> Int64 {
        switch self[name] {
        case .integer(let number)?: number
        case .string(let text)?: Int64(text) ?? 0
        default: 0
        }
    }

    /// Hexadecimal, as the vectors write bytes.
    fileprivate func bytes(_ name: String) -> [UInt8] {
        let digits = Array(text(name).utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).map { index in
            UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }

    fileprivate func without(_ name: String) -> JSONObject {
        var copy = JSONObject()
        for member in members where member.name != name { copy.append(member.name, member.value) }
        return copy
    }
}
