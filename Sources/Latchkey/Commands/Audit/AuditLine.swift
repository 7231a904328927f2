import Domain
import JSON
import Web

/// Formats a row of the audit trail.
enum AuditLine {
    private static let widths = [7, 24, 27, 7, 36, 15]

    static let header = columns(["ROW", "TIME", "EVENT", "OUTCOME", "USER", "FROM", "MORE"])

    /// Aligned columns; control characters in external data are not shown.
    static func text(_ record: AuditRecord) -> String {
        let user = record.userID?.rawValue ?? record.addressDigest.map { "unknown:\($0.prefix(16))" } ?? "-"
        var more: [String] = []
        if record.actor != AuditEvent.Actor.user.description { more.append("by \(record.actor)") }
        for (name, value) in record.namedDetails { more.append("\(name)=\(value)") }
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
        var json = JSONWriter(capacity: 512)
        json.object { $0.members(of: record) }
        return String(decoding: VisibleText.escaped(json.bytes), as: UTF8.self)
    }
}
