/// An injective encoding: each value is a letter for its kind, its length as eight big-endian bytes, and its bytes.
struct AuditEncoding {
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
