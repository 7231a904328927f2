import Basics
import Domain
import JSON
import TestSupport
import Testing

@testable import Auth

/// Ceremonies that Chromium's virtual authenticators have performed, and the test vectors of WebAuthn Level 3 (W3C,
/// github.com/w3c/webauthn, index.bs).
@Suite struct CeremonyTests {
    struct Ceremony: Sendable, CustomTestStringConvertible {
        let name: String
        let relyingParty: RelyingParty
        let id: String
        let registration: JSONObject
        let authentication: JSONObject
        let flags: [JSONValue]
        let counts: [JSONValue]
        let refusal: String?

        var testDescription: String { name }

        init?(_ object: JSONObject) {
            func text(_ name: String) -> String? {
                if case .string(let text)? = object[name] { text } else { nil }
            }
            guard let name = text("name"), let id = text("id"), let origin = text("origin"),
                let relyingParty = RelyingParty(origin: origin), relyingParty.id == text("rpId"),
                case .object(let registration)? = object["registration"],
                case .object(let authentication)? = object["authentication"],
                case .array(let flags)? = object["flags"], case .array(let counts)? = object["counts"]
            else { return nil }
            (self.name, self.id, self.relyingParty, self.registration) = (name, id, relyingParty, registration)
            (self.authentication, self.flags, self.counts, refusal) = (authentication, flags, counts, text("refusal"))
        }

        func response(_ object: JSONObject) -> PasskeyResponse? {
            var credential = JSONObject()
            for (name, value) in [("id", id), ("rawId", id), ("type", "public-key")] {
                credential.append(name, .string(value))
            }
            credential.append("response", .object(object))
            return PasskeyResponse(credential)
        }

        func challenge(of object: JSONObject) -> [UInt8]? {
            if case .string(let text)? = object["challenge"] { Base64URL.decode(text.utf8) } else { nil }
        }
    }

    static let all: [Ceremony] = {
        guard let text = try? packageFile("Tests/AuthTests/WebAuthn/ceremonies.json"),
            case .array(let values)? = try? JSONReader.read(text.utf8)
        else { return [] }
        return values.compactMap { if case .object(let object) = $0 { Ceremony(object) } else { nil } }
    }()

    private func passkey(_ credential: NewCredential, _ ceremony: Ceremony) -> Passkey {
        Passkey(
            id: PasskeyID(rawValue: "p"), userID: UserID(rawValue: "u"), credentialID: ceremony.id,
            publicKey: credential.publicKey, userHandle: nil, name: ItemName(stored: "p"), transports: [], aaguid: "",
            createdAt: Timestamp(milliseconds: 0), isOfVerifiedAddress: true,
            isBackupEligible: credential.data.flags.contains(.backupEligible), isBackedUp: false,
            signCount: credential.data.signCount)
    }

    @Test func `all recorded ceremonies are there`() { #expect(Self.all.count == 19) }

    @Test(arguments: all)
    func `each is accepted, or refused for its reason`(ceremony: Ceremony) throws {
        let registration = try #require(ceremony.response(ceremony.registration))
        let authentication = try #require(ceremony.response(ceremony.authentication))
        do {
            let credential = try NewCredential(registration, at: ceremony.relyingParty)
            #expect(ceremony.refusal == nil)
            #expect(Base64URL.encode(credential.id) == ceremony.id)
            #expect(credential.challenge == ceremony.challenge(of: ceremony.registration))
            let assertion = try Assertion(authentication, at: ceremony.relyingParty)
            #expect(assertion.challenge == ceremony.challenge(of: ceremony.authentication))
            let passkey = passkey(credential, ceremony)
            try assertion.check(against: passkey)
            let seen = [credential.data, assertion.data]
            #expect(seen.map { JSONValue.integer(Int64($0.flags.rawValue)) } == ceremony.flags)
            #expect(seen.map { JSONValue.integer($0.signCount) } == ceremony.counts)
        } catch let refusal as PasskeyRefusal {
            #expect(refusal.rawValue == ceremony.refusal)
        }
    }

    /// Each bit of what is signed counts, and of the signature.
    @Test func `an altered assertion is refused`() throws {
        let ceremony = try #require(Self.all.first)
        let registration = try #require(ceremony.response(ceremony.registration))
        let passkey = passkey(try NewCredential(registration, at: ceremony.relyingParty), ceremony)
        for name in ["authenticatorData", "signature", "clientDataJSON"] {
            guard case .string(let text)? = ceremony.authentication[name],
                let bytes = Base64URL.decode(text.utf8)
            else { throw PasskeyRefusal.malformed }
            for index in bytes.indices {
                var altered = bytes
                altered[index] ^= 1
                var object = JSONObject()
                for member in ceremony.authentication.members {
                    object.append(
                        member.name, member.name == name ? .string(Base64URL.encode(altered)) : member.value)
                }
                #expect(throws: PasskeyRefusal.self, "\(name) \(index)") {
                    let response = try #require(ceremony.response(object))
                    let assertion = try Assertion(response, at: ceremony.relyingParty)
                    guard assertion.challenge == ceremony.challenge(of: ceremony.authentication) else {
                        throw PasskeyRefusal.wrongChallenge
                    }
                    try assertion.check(against: passkey)
                }
            }
        }
    }

    /// Whatever is cut off or appended, nothing is taken that is not whole.
    @Test func `a credential of another length is refused`() throws {
        let ceremony = try #require(Self.all.first)
        guard case .string(let text)? = ceremony.registration["attestationObject"],
            let bytes = Base64URL.decode(text.utf8)
        else { throw PasskeyRefusal.malformed }
        for altered in bytes.indices.map({ Array(bytes[..<$0]) }) + [bytes + [0]] {
            var object = ceremony.registration
            object = JSONObject([
                ("clientDataJSON", object["clientDataJSON"] ?? .null),
                ("attestationObject", .string(Base64URL.encode(altered))),
            ])
            let response = try #require(ceremony.response(object))
            #expect(throws: PasskeyRefusal.malformed) {
                try NewCredential(response, at: ceremony.relyingParty)
            }
        }
    }

    @Test(arguments: [
        ("https://tasks.example.com", "tasks.example.com"), ("https://tasks.example.com:8443", "tasks.example.com"),
        ("http://localhost:8000", "localhost"), ("https://localhost", "localhost"),
    ])
    func `the host is the relying party`(origin: String, id: String) {
        #expect(RelyingParty(origin: origin)?.id == id)
    }

    @Test(arguments: [
        "http://tasks.example.com", "https://192.0.2.1", "http://127.0.0.1:8000", "https://[2001:db8::1]", "", "null",
    ])
    func `there is no relying party at an address without a name, or without https`(origin: String) {
        #expect(RelyingParty(origin: origin) == nil)
    }
}
