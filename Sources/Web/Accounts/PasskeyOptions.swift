import Auth
import Basics
import Domain
import JSON

/// The options of passkeys' ceremonies as browsers read them (WebAuthn Level 3, sections 5.4 and 5.5, in their JSON form).
enum PasskeyOptions {
    /// For the page's script: `{"get": …}`.
    static func text(_ request: PasskeyRequest) -> String {
        text {
            $0.name("get")
            $0.passkeyRequest(request)
        }
    }

    /// For the page's script: `{"create": …}`.
    static func text(_ creation: PasskeyCreation) -> String {
        text {
            $0.name("create")
            $0.passkeyCreation(creation)
        }
    }

    private static func text(_ members: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter(capacity: 512)
        json.object(members)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}

extension JSONWriter {
    mutating func passkeyRequest(_ request: PasskeyRequest) {
        object {
            $0.member("challenge", Base64URL.encode(request.challenge))
            $0.member("rpId", request.relyingParty.id)
            $0.member("timeout", PasskeyRequest.timeoutMilliseconds)
            $0.member("userVerification", request.needsVerification ? "required" : "discouraged")
            $0.name("allowCredentials")
            $0.credentials(request.allowed)
        }
    }

    mutating func passkeyCreation(_ creation: PasskeyCreation) {
        object {
            $0.member("challenge", Base64URL.encode(creation.challenge))
            $0.name("rp")
            $0.object {
                $0.member("id", creation.relyingParty.id)
                $0.member("name", "Latchkey")
            }
            $0.name("user")
            $0.object {
                $0.member("id", Base64URL.encode(creation.userHandle))
                $0.member("name", creation.user.email.text)
                $0.member("displayName", creation.user.shownName)
            }
            $0.name("pubKeyCredParams")
            $0.array { json in
                for algorithm in PasskeyCreation.algorithms {
                    json.object {
                        $0.member("type", "public-key")
                        $0.member("alg", algorithm)
                    }
                }
            }
            $0.member("timeout", PasskeyRequest.timeoutMilliseconds)
            $0.member("attestation", "none")
            $0.name("authenticatorSelection")
            $0.object {
                $0.member("residentKey", "required")
                $0.member("requireResidentKey", true)
                $0.member("userVerification", "required")
            }
            $0.name("excludeCredentials")
            $0.credentials(creation.existing)
            $0.name("extensions")
            $0.object { $0.member("credProps", true) }
        }
    }

    private mutating func credentials(_ passkeys: [Passkey]) {
        array { json in
            for passkey in passkeys {
                json.object {
                    $0.member("type", "public-key")
                    $0.member("id", passkey.credentialID)
                    guard !passkey.transports.isEmpty else { return }
                    $0.name("transports")
                    $0.array { json in for transport in passkey.transports { json.string(transport) } }
                }
            }
        }
    }
}
