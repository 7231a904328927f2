import Basics
import Crypto
import Domain
import TestSupport
import Testing

@testable import Auth

/// A million tokens that are almost right. None may be accepted, and none may crash the process.
@Suite struct MutatedTokenTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)
    private static let payload =
        #"{"user_id":"u-1","sub":"u-1","email":"a@example.com","iat":1800000000,"exp":1800604800,"sid":"s-1","jti":"x"}"#

    /// A valid token, and the verifier that accepts it.
    private struct Door: Sendable {
        let token: String
        let accepts: @Sendable ([UInt8]) -> Bool
    }

    private static func doors() throws -> [Door] {
        let tokens = try AccessTokens(Secrets(current: Array("a-secret-of-more-than-thirty-two-bytes".utf8)))
        let access = try tokens.sign(
            AccessClaims(
                userID: UserID(rawValue: "u-1"), email: "a@example.com", issuedAt: 1_800_000_000,
                expiresAt: 1_800_604_800, sessionID: SessionID(rawValue: "s-1")))
        var doors = [
            Door(token: access) { bytes in
                (try? tokens.verify(String(decoding: bytes, as: UTF8.self), at: now)) != nil
            }
        ]
        for (kind, algorithm) in [(PKey.Kind.ed25519, JWSAlgorithm.edDSA), (.rsa3072, .rs256)] {
            let key = try PKey.generate(kind)
            let header = Base64URL.encode(#"{"alg":"\#(algorithm.rawValue)","kid":"k"}"#.utf8)
            let input = header + "." + Base64URL.encode(payload.utf8)
            let token = input + "." + Base64URL.encode(try key.sign(Array(input.utf8), by: algorithm))
            let verifier = VerificationKey(id: "k", algorithms: [algorithm], publicKey: key)
            doors.append(
                Door(token: token) { bytes in
                    guard let jws = JWS(bytes), jws.keyID == "k", verifier.verifies(jws) else { return false }
                    return (try? TokenClaims(payload: jws.payload, at: now)) != nil
                })
        }
        return doors
    }

    @Test func `no mutated token is accepted`() async throws {
        let doors = try Self.doors()
        for door in doors { #expect(door.accepts(Array(door.token.utf8))) }
        let accepted = await withTaskGroup(of: [String].self) { group in
            for worker in 0..<2 {
                group.addTask {
                    var random = SplitMix(state: UInt64(worker) + 1)
                    var accepted: [String] = []
                    for round in 0..<(500_000 * fuzzFactor) {
                        // Other tests wait for the same few threads.
                        if round.isMultiple(of: 200) { await Task.yield() }
                        // RSA costs most to check, so it gets fewer rounds.
                        let door = doors[round % 50 == 0 ? 2 : round % 2]
                        let good = Array(door.token.utf8)
                        let bytes = Self.mutate(good, with: &random)
                        if bytes != good && door.accepts(bytes) {
                            accepted.append(String(decoding: bytes, as: UTF8.self))
                        }
                    }
                    return accepted
                }
            }
            return await group.reduce(into: [String]()) { $0 += $1 }
        }
        #expect(accepted.isEmpty, "\(accepted.first ?? "")")
    }

    private static let numbers = [
        "0", "-1", "1e308", "-1e308", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e-400",
        "0.1",
        "253402300799", "253402300800", "null", "true", "[]", "{}", "\"\"", "18446744073709551616", "1E+2",
    ]
    private static let headers = [
        #"{"alg":"none"}"#, #"{"alg":"None","typ":"JWT"}"#, #"{"alg":"HS256","kid":"k"}"#,
        #"{"alg":"RS256","kid":"k"}"#,
        #"{"alg":"EdDSA","kid":"../../k"}"#, #"{"alg":"EdDSA","kid":"k","crit":["b64"],"b64":false}"#,
        #"{"alg":"ES256"}"#,
        #"{"alg":"EdDSA","alg":"none","kid":"k"}"#, #"{"alg":["EdDSA"],"kid":"k"}"#, "{}", "[]", "",
    ]

    private static func mutate(_ good: [UInt8], with random: inout SplitMix) -> [UInt8] {
        var bytes = good
        var parts = good.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { Array($0) }
        switch random.below(10) {
        case 0: bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
        case 1: bytes.removeLast(1 + random.below(bytes.count - 1))
        case 2: bytes.removeFirst(1 + random.below(40))
        case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: random.below(bytes.count))
        case 4:
            parts.swapAt(random.below(3), random.below(3))
            bytes = Array(parts.joined(separator: [UInt8(ascii: ".")]))
        case 5:
            parts[0] = Array(Base64URL.encode(headers[random.below(headers.count)].utf8).utf8)
            bytes = Array(parts.joined(separator: [UInt8(ascii: ".")]))
        case 6:
            let claims =
                #"{"user_id":"u-1","exp":\#(numbers[random.below(numbers.count)]),"iat":\#(numbers[random.below(numbers.count)])}"#
            parts[1] = Array(Base64URL.encode(claims.utf8).utf8)
            bytes = Array(parts.joined(separator: [UInt8(ascii: ".")]))
        case 7:
            bytes += Array(
                repeating: [UInt8(ascii: "="), UInt8(ascii: "."), 0][random.below(3)], count: 1 + random.below(3))
        case 8:
            parts[2] = (0..<random.below(100)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            bytes = Array(parts.joined(separator: [UInt8(ascii: ".")]))
        default:
            // Bits left over in the last letter of a part: another spelling of the same bytes.
            let part = random.below(3)
            guard let last = parts[part].last else { break }
            parts[part][parts[part].count - 1] = last ^ UInt8(1 << random.below(3))
            bytes = Array(parts.joined(separator: [UInt8(ascii: ".")]))
        }
        return bytes
    }
}
