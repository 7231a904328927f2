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

/// Where the trail ends, so that rows which are missing there are missed.
package struct AuditHead: Sendable, Hashable {
    /// How many rows there are.
    package var number: Int64
    /// The code of the last one.
    package var code: String
    /// HMAC-SHA-256 over `encoded`, hexadecimal.
    package var seal: String

    package init(number: Int64, code: String, seal: String) {
        self.number = number
        self.code = code
        self.seal = seal
    }

    package var encoded: [UInt8] {
        var bytes = AuditEncoding("latchkey audit head 1")
        bytes.append(number)
        bytes.append(code)
        return bytes.bytes
    }
}

/// Where the trail begins after its oldest rows were deleted: what stands in for all of them.
package struct AuditCheckpoint: Sendable, Hashable {
    /// The last row that was deleted.
    package var number: Int64
    /// Its code, after which the trail goes on.
    package var code: String
    package var prunedAt: Timestamp
    /// HMAC-SHA-256 over `encoded`, hexadecimal.
    package var seal: String

    package init(number: Int64, code: String, prunedAt: Timestamp, seal: String) {
        self.number = number
        self.code = code
        self.prunedAt = prunedAt
        self.seal = seal
    }

    package var encoded: [UInt8] {
        var bytes = AuditEncoding("latchkey audit checkpoint 1")
        bytes.append(number)
        bytes.append(code)
        bytes.append(prunedAt.milliseconds)
        return bytes.bytes
    }
}

/// Where the trail begins and ends, from one consistent snapshot.
package struct AuditEnds: Sendable, Hashable {
    /// Nil where nothing was deleted.
    package var checkpoint: AuditCheckpoint?
    package var head: AuditHead?
    /// The number of the last row that is there, 0 for none.
    package var lastNumber: Int64

    package init(checkpoint: AuditCheckpoint?, head: AuditHead?, lastNumber: Int64) {
        self.checkpoint = checkpoint
        self.head = head
        self.lastNumber = lastNumber
    }
}

/// Bytes that can be read in one way only: each value is a letter for its kind, its length in eight bytes, the most
/// significant first, and its bytes.
private struct AuditEncoding {
    private(set) var bytes: [UInt8] = []

    init(_ purpose: String) { append(purpose) }

    mutating func append(_ text: String?) {
        bytes.append(UInt8(ascii: text == nil ? "n" : "t"))
        append(bigEndian: UInt64(text?.utf8.count ?? 0))
        if let text { bytes.append(contentsOf: text.utf8) }
    }

    mutating func append(_ integer: Int64) {
        bytes.append(UInt8(ascii: "i"))
        append(bigEndian: 8)
        append(bigEndian: UInt64(bitPattern: integer))
    }

    private mutating func append(bigEndian value: UInt64) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}

/// Computes and checks the codes, with keys that are not in the database.
package protocol AuditSealer: Sendable {
    /// Hexadecimal.
    func code(for bytes: [UInt8]) throws -> String
    /// Whether the code is right under the secret, or under one that was the secret before.
    func isCode(_ code: String, for bytes: [UInt8]) throws -> Bool
}

/// Which rows are wanted.
package struct AuditQuery: Sendable {
    package var user: UserID?
    package var event: String?
    package var since: Timestamp?
    package var until: Timestamp?
    /// Only rows after this one.
    package var after: Int64 = 0
    package var limit: Int

    package init(
        user: UserID? = nil, event: String? = nil, since: Timestamp? = nil, until: Timestamp? = nil, limit: Int
    ) {
        self.user = user
        self.event = event
        self.since = since
        self.until = until
        self.limit = limit
    }
}

/// The audit trail on disk: rows are added and read, the oldest are deleted, and nothing else.
package protocol AuditStore: Sendable {
    /// Records what is not part of another write.
    func append(_ event: AuditEvent) async throws
    /// The first rows that match, in order.
    func first(_ query: AuditQuery) async throws -> [AuditRecord]
    /// The last rows that match, in order.
    func last(_ query: AuditQuery) async throws -> [AuditRecord]
    func end() async throws -> AuditEnds
    /// The first row from then on, by its number; nil where there is none.
    func firstNumber(since time: Timestamp) async throws -> Int64?
    /// Deletes the rows up to this one, which has this code, and seals a checkpoint in their place.
    /// - Returns: false where they are gone already.
    func prune(through number: Int64, code: String, recording event: AuditEvent) async throws -> Bool
}
