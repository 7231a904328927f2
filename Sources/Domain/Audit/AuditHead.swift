/// The sealed end of the trail, which makes missing rows detectable.
package struct AuditHead: Sendable, Hashable {
    /// The number of rows.
    package var number: Int64
    /// The MAC of the last one.
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
