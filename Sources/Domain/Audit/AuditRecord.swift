import Basics

/// A stored row of the audit trail. Each holds a MAC over itself and the MAC of the row before it, so that changing,
/// removing or moving any row is visible in all that follow.
package struct AuditRecord: Sendable, Hashable {
    /// Numbered from 1, without gaps.
    package var number: Int64
    package var at: Timestamp
    package var event: String
    package var outcome: String
    package var actor: String
    package var userID: UserID?
    package var addressDigest: String?
    package var sessionID: SessionID?
    package var ipAddress: String
    package var userAgent: String
    package var requestID: String?
    package var request: String?
    /// A JSON object of strings.
    package var details: String
    /// HMAC-SHA-256 over `encoded(after:)`, hexadecimal.
    package var code: String

    package init(
        number: Int64, at: Timestamp, event: String, outcome: String, actor: String, userID: UserID?,
        addressDigest: String?, sessionID: SessionID?, ipAddress: String, userAgent: String, requestID: String?,
        request: String?, details: String, code: String
    ) {
        self.number = number
        self.at = at
        self.event = event
        self.outcome = outcome
        self.actor = actor
        self.userID = userID
        self.addressDigest = addressDigest
        self.sessionID = sessionID
        self.ipAddress = ipAddress
        self.userAgent = userAgent
        self.requestID = requestID
        self.request = request
        self.details = details
        self.code = code
    }

    /// Nil for an event that only another version of this program knows.
    package var kind: AuditEvent.Kind? { .init(rawValue: event) }
    package var isFailure: Bool { outcome == AuditEvent.Outcome.fail.rawValue }
    /// True if a client caused it, and neither the server nor its operator.
    package var isByUser: Bool { actor == AuditEvent.Source(actor: .user).actor.description }
    /// The admin who caused it in the account of another.
    package var admin: UserID? { AuditEvent.admin(named: actor) }
    package var isByServer: Bool { actor == AuditEvent.Source.server.actor.description }

    /// The MAC's input: every field, and the MAC of the previous row (empty for the first). Each is preceded by its
    /// kind and length, so that no two rows encode to the same bytes.
    package func encoded(after previous: String) -> [UInt8] {
        var bytes = AuditEncoding("latchkey audit row 1")
        bytes.append(previous)
        bytes.append(number)
        bytes.append(at.milliseconds)
        for text in [event, outcome, actor] { bytes.append(text) }
        for text in [userID?.rawValue, addressDigest, sessionID?.rawValue] { bytes.append(text) }
        for text in [ipAddress, userAgent] { bytes.append(text) }
        for text in [requestID, request] { bytes.append(text) }
        bytes.append(details)
        return bytes.bytes
    }
}
