import Auth
import Basics
import Domain
import HTTPServer
import JSON
import NIOCore
import NIOHTTP1

extension Response {
    /// A JSON response, which must not be cached unless its headers allow it.
    /// - Parameter size: the approximate size in bytes.
    static func json<Failure>(
        _ status: HTTPResponseStatus, headers: HTTPHeaders = [:], size: Int = 512,
        _ write: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) -> Response {
        var json = JSONWriter(capacity: size)
        try write(&json)
        var headers = headers
        headers.add(name: "content-type", value: "application/json")
        if !headers.contains(name: "cache-control") { headers.add(name: "cache-control", value: "no-store") }
        return Response(status: status, headers: headers, body: json.withBytes { ByteBuffer(bytes: $0) })
    }
}

extension JSONWriter {
    mutating func member(_ name: StaticString, _ time: Timestamp) {
        self.name(name)
        self.time(time)
    }

    mutating func time(_ time: Timestamp) { string(unescaped: 24) { time.writeRFC3339(into: $0) } }

    /// A user's public fields.
    mutating func user(_ user: User) {
        object {
            $0.member("id", user.id.rawValue)
            $0.member("email", user.email.text)
            $0.member("username", user.username)
            $0.member("is_active", user.isActive)
            $0.member("created_at", user.createdAt)
            if let time = user.resetReadyAt { $0.member("password_reset_ready_at", time) }
        }
    }
}

// Schemas of responses are closed: a field that is written and missing here fails the acceptance tests.
extension JSONSchema {
    static let user = JSONSchema.answer(
        "User",
        .required("id", .userID),
        .required("email", .string(format: "email", "ada@example.com")),
        .required("username", .string(1...Username.maximumLength, "Ada").orNull()),
        .required("is_active", .boolean(true)),
        .required("created_at", .time),
        .optional(
            "password_reset_ready_at",
            .time.saying(
                "There while a new password waits that was asked for with recovery codes: the time from which they set it. "
                    + "If it was not you, stop it.")))

    /// Always a UUID created here.
    static let taskID = JSONSchema.string(
        format: "uuid", pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3")

    /// A UUID if created here; imported users keep the id that another service assigned.
    static let userID = JSONSchema.string(
        pattern: "^[!-~]+$", 1...UserID.maximumLength, "0199d5a4-1c2b-7f10-8a3c-6b1d2e4f5a69")

    /// The output of `Timestamp`.
    static let time = JSONSchema.string(
        format: "date-time", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$",
        "2026-11-21T09:30:00.000Z")

    /// The rule of `EmailAddress`, without the white space that is trimmed.
    static let email = JSONSchema.string(
        format: "email",
        pattern: "^(?=[^@]{1,64}@)([A-Za-z0-9_'+-]+[.])*[A-Za-z0-9_'+-]*[A-Za-z0-9_+-]"
            + "@([A-Za-z0-9][A-Za-z0-9-]{0,62}[.])+[A-Za-z]{2,63}$",
        6...EmailAddress.maximumLength, "ada@example.com")

    /// The rule of `NewPassword`; JSON Schema cannot count bytes.
    static let newPassword = JSONSchema.string(
        pattern: "^[^\\u0000]*$", NewPassword.minimumLength...NewPassword.maximumBytes, "a long password"
    ).saying("At most 72 bytes of UTF-8: letters with accents and emoji take two to four each. Never trimmed.")

    /// Text without NUL, which no string of a request may contain.
    static func text(_ example: String) -> JSONSchema { text(nil, example) }

    static func text(_ lengths: ClosedRange<Int>?, _ example: String) -> JSONSchema {
        .string(pattern: "^[^\\u0000]*$", lengths, example)
    }
}
