import Domain
import JSON

/// Formats a row of the audit trail.
enum AuditLine {
    private static let widths = [7, 24, 27, 7, 36, 15]

    static let header = columns(["ROW", "TIME", "EVENT", "OUTCOME", "USER", "FROM", "MORE"])

    /// Aligned columns; control characters in external data are not shown.
    static func text(_ record: AuditRecord) -> String {
        let user = record.userID?.rawValue ?? record.addressDigest.map { "unknown:\($0.prefix(16))" } ?? "-"
        var more: [String] = []
        if record.actor != AuditEvent.Actor.user.description { more.append("by \(record.actor)") }
        for (name, value) in details(record) { more.append("\(name)=\(value)") }
        if let request = record.request { more.append(request) }
        if !record.userAgent.isEmpty { more.append("(\(record.userAgent.prefix(60)))") }
        return columns([
            String(record.number), record.at.rfc3339, record.event, record.outcome, user,
            record.ipAddress.isEmpty ? "-" : record.ipAddress, more.joined(separator: "  "),
        ])
    }

    private static func columns(_ texts: [String]) -> String {
        var line = ""
        for (index, text) in texts.enumerated() {
            line += index < widths.count ? text.shown.padded(to: widths[index]) + "  " : text.shown
        }
        while line.utf8.last == 0x20 { line.removeLast() }
        return line
    }

    /// One JSON object, with every field.
    static func json(_ record: AuditRecord) -> String {
        let request = record.request?.split(separator: " ", maxSplits: 1).map(String.init) ?? []
        var json = JSONWriter(capacity: 512)
        json.object {
            $0.member("number", record.number)
            $0.member("ts", record.at.rfc3339)
            $0.member("event", record.event)
            $0.member("outcome", record.outcome)
            $0.member("actor", record.actor)
            $0.member("user_id", record.userID?.rawValue)
            $0.member("email_hash", record.addressDigest)
            $0.member("session_id", record.sessionID?.rawValue)
            $0.member("ip", record.ipAddress)
            $0.member("user_agent", record.userAgent)
            $0.member("request_id", record.requestID)
            $0.member("method", request.first)
            $0.member("path", request.count == 2 ? request[1] : nil)
            $0.name("details")
            $0.object { json in
                for (name, value) in details(record) { json.member(dynamic: name, value) }
            }
            $0.member("code", record.code)
        }
        return String(decoding: VisibleText.escaped(json.bytes), as: UTF8.self)
    }

    private static func details(_ record: AuditRecord) -> [(String, String)] {
        guard case .object(let object)? = try? JSONReader.read(Array(record.details.utf8)) else { return [] }
        return object.members.compactMap { name, value in
            if case .string(let text) = value { (name, text) } else { nil }
        }
    }
}
