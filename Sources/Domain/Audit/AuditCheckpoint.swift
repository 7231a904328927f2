import Basics

/// The start of the trail after its oldest rows were pruned; stands in for all of them.
package struct AuditCheckpoint: Sendable, Hashable {
    /// The last row that was deleted.
    package var number: Int64
    /// Its MAC, on which the chain continues.
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
