import Basics

/// A row of the audit trail, as it was stored. Each holds a code over itself and the code of the row before it, so
/// that none can be changed, left out or put elsewhere without all that follow showing it.
package struct AuditRecord: Sendable, Hashable {
    /// Counts from 1, without gaps.
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
    /// A JSON object of texts.
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

    /// What the code is computed over: every field, and the code of the row before (empty before the first). Each is
    /// preceded by its kind and length, so that no two rows have the same bytes.
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
