import Basics
import Crypto
import Domain
import JSON

@testable import Auth

/// Another service with a key pair, as the tests of trusted issuers need it.
struct TestIssuer {
    static let now = Timestamp(milliseconds: 1_800_000_000_000)

    let text: String
    var kid = "k"
    let key: PKey

    init(_ text: String, kid: String = "k", key: PKey? = nil) throws {
        self.text = text
        self.kid = kid
        self.key = try key ?? PKey.generate(.ed25519)
    }

    func jwk(kid: String? = nil) throws -> String {
        #"{"kty":"OKP","crv":"Ed25519","x":"\#(Base64URL.encode(try key.rawPublicKey()))","kid":"\#(kid ?? self.kid)"}"#
    }

    func keySet(and more: String...) throws -> String { #"{"keys":[\#(([try jwk()] + more).joined(separator: ","))]}"# }

    /// - Parameter issuer: nil leaves `iss` out.
    func token(_ subject: String, issuer: String?, audience: String = "tasks") throws -> JWS {
        var payload = JSONWriter()
        payload.object {
            $0.member("sub", subject)
            $0.member("email", "\(subject)@example.com")
            $0.member("exp", Self.now.seconds + 900)
            $0.member("aud", audience)
            if let issuer { $0.member("iss", issuer) }
        }
        let header = Base64URL.encode(#"{"alg":"EdDSA","kid":"\#(kid)"}"#.utf8)
        let input = header + "." + Base64URL.encode(payload.bytes)
        let signature = Base64URL.encode(try key.sign(Array(input.utf8), by: .edDSA))
        guard let token = JWS("\(input).\(signature)".utf8) else { throw CryptoError("JWS") }
        return token
    }

    func token(_ subject: String) throws -> JWS { try token(subject, issuer: text) }
}

extension TrustedIssuers {
    /// The id of the account that the token opens; nil where it is refused as invalid.
    func opens(_ token: JWS, at time: Timestamp = TestIssuer.now) async throws -> String? {
        do {
            return try await identity(
                token, issuer: try TokenClaims.unverifiedIssuer(token.payload), at: time,
                from: { Client(ipAddress: "127.0.0.1", userAgent: "tests") }
            ).user.id.rawValue
        } catch AppError.unauthenticated("Invalid token") {
            return nil
        }
    }
}
