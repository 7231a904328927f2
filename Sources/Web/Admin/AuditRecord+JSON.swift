import Domain
import JSON

extension AuditRecord {
    /// The details, with their names.
    package var namedDetails: [(name: String, value: String)] {
        guard case .object(let object)? = try? JSONReader.read(Array(details.utf8)) else { return [] }
        return object.members.compactMap { name, value in
            if case .string(let text) = value { (name, text) } else { nil }
        }
    }
}

extension JSONWriter {
    /// Every field of a row, for the API and the command line.
    package mutating func members(of record: AuditRecord) {
        let request = record.request?.split(separator: " ", maxSplits: 1).map(String.init) ?? []
        member("number", record.number)
        member("ts", record.at.rfc3339)
        member("event", record.event)
        member("outcome", record.outcome)
        member("actor", record.actor)
        member("user_id", record.userID?.rawValue)
        member("email_hash", record.addressDigest)
        member("session_id", record.sessionID?.rawValue)
        member("ip", record.ipAddress)
        member("user_agent", record.userAgent)
        member("request_id", record.requestID)
        member("method", request.first)
        member("path", request.count == 2 ? request[1] : nil)
        name("details")
        object { json in
            for (name, value) in record.namedDetails { json.member(dynamic: name, value) }
        }
        member("code", record.code)
    }
}

extension JSONSchema {
    /// The output of `members(of:)`.
    static let auditRow = answer(
        "AuditRow",
        .required("number", .integer(1...Int64.max, 42).saying("Without gaps.")),
        .required("ts", .time),
        .required("event", .string("authn_login_success")),
        .required("outcome", .words("success", "fail")),
        .required("actor", .string("user").saying("`user`, `server`, `admin: <id>` or `command line: <name>`.")),
        .required("user_id", .userID.orNull().saying("The account concerned.")),
        .required(
            "email_hash",
            .string("00112233445566778899aabbccddeeff").orNull().saying("Of an address without an account.")),
        .required("session_id", .string("0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3").orNull()),
        .required("ip", .string("192.0.2.7")),
        .required("user_agent", .string("curl/8.5.0")),
        .required("request_id", .string("r-1").orNull()),
        .required("method", .string("POST").orNull()),
        .required("path", .string("/api/auth/signin").orNull()),
        .required("details", JSONSchema(.anyObject).saying("Texts, with their names.")),
        .required("code", .string("c0de").saying("The row's code, over itself and the row before it.")))
}
