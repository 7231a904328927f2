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

    /// - Parameter attachment: `platform` or `cross-platform`, for an authenticator of that kind only.
    mutating func passkeyCreation(_ creation: PasskeyCreation, attachment: String? = nil) {
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
                if let attachment { $0.member("authenticatorAttachment", attachment) }
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

// The schemas of the output of `JSONWriter.passkeyRequest` and `.passkeyCreation`, and of the input of `PasskeyResponse`.
extension JSONSchema {
    static let passkeyRequest = JSONSchema.answer(
        "PasskeyOptions",
        .required("challenge", passkeyChallenge),
        .required("rpId", .string("tasks.example.com").saying("The host that the passkeys belong to.")),
        .required("timeout", passkeyTimeout),
        .required("userVerification", .words("required", "discouraged")),
        .required(
            "allowCredentials",
            passkeyDescriptors.saying(
                "Those of the account, for a second factor or a user who is signed in; empty for any.")))

    static let passkeyCreation = JSONSchema.answer(
        "PasskeyCreationOptions",
        .required("challenge", passkeyChallenge),
        .required(
            "rp",
            .answer(nil, .required("id", .string("tasks.example.com")), .required("name", .string("Latchkey")))),
        .required(
            "user",
            .answer(
                nil, .required("id", .string("cefkqPTqGz3XWKCnjqkwY05aAHfxLFEvSG27g8XqrOo")),
                .required("name", .string("ada@example.com")), .required("displayName", .string("Ada")))),
        .required(
            "pubKeyCredParams",
            .array(
                of: .answer(nil, .required("type", .words("public-key")), .required("alg", .integer(-257...(-7), -8))))),
        .required("timeout", passkeyTimeout),
        .required("attestation", .words("none")),
        .required(
            "authenticatorSelection",
            .answer(
                nil, .optional("authenticatorAttachment", .words("platform", "cross-platform")),
                .required("residentKey", .words("required")), .required("requireResidentKey", .boolean(true)),
                .required("userVerification", .words("required")))),
        .required("excludeCredentials", passkeyDescriptors.saying("Those of the account.")),
        .required("extensions", .answer(nil, .required("credProps", .boolean(true)))))

    static let passkeyAssertion = credential(
        "PasskeyCredential", from: "get",
        .request(
            nil,
            .required("clientDataJSON", .text("eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0")),
            .required("authenticatorData", .text("SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAg")),
            .required("signature", .text("MEUCIH6ydLvz0bbBhB2EI8vxn9k8sUx")),
            .optional("userHandle", .text("cefkqPTqGz3XWKCnjqkwY05aAHfxLFEvSG27g8XqrOo").orNull())))

    static let passkeyRegistration = credential(
        "PasskeyRegistration", from: "create",
        .request(
            nil,
            .required("clientDataJSON", .text("eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0")),
            .required("attestationObject", .text("o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVik")),
            .optional("transports", .array(of: .text("internal")))))

    private static func credential(_ name: String, from method: String, _ response: JSONSchema) -> JSONSchema {
        .request(
            name,
            .required("id", credentialID),
            .required("rawId", credentialID),
            .required("type", .words("public-key")),
            .required("response", response)
        ).saying("What `PublicKeyCredential.toJSON()` gives, after `navigator.credentials.\(method)`.")
    }

    private static let credentialID = JSONSchema.string(pattern: "^[A-Za-z0-9_-]+$", "uUiW0HOHGEFSrFcfFktXed4H-YtTLCc")
    private static let passkeyChallenge = JSONSchema.string(
        pattern: "^[A-Za-z0-9_-]+$", "mOJ6TP3KfC8JXeoldvaKHSX95mf3hi")
    private static let passkeyTimeout = JSONSchema.integer(0...3_600_000, 300_000).saying("In milliseconds.")
    private static let passkeyDescriptors = JSONSchema.array(
        of: .answer(
            nil, .required("type", .words("public-key")),
            .required("id", .string("uUiW0HOHGEFSrFcfFktXed4H-YtTLCc")),
            .optional("transports", .array(of: .string("internal")))))
}
