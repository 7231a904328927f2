import CPostgres

/// One row of an answer in text format.
struct PostgresRow: Row {
    let result: OpaquePointer
    let row: Int32

    func integer(_ column: Int) -> Int64 {
        var digits = bytes(column)[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        // Negative throughout: the smallest number has no positive counterpart.
        let value = digits.reduce(Int64(0)) { $0 &* 10 &- Int64($1 &- UInt8(ascii: "0")) }
        return isNegative ? value : 0 &- value
    }

    func bool(_ column: Int) -> Bool { bytes(column).first == UInt8(ascii: "t") }

    /// `\x` and hexadecimal digits, as every server since 9.0 writes it.
    func blob(_ column: Int) -> [UInt8] { Hexadecimal.decode(bytes(column).dropFirst(2)) }

    func isNull(_ column: Int) -> Bool { latchkey_PQgetisnull(result, row, Int32(column)) == 1 }

    func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8> {
        let start = UnsafeRawPointer(latchkey_PQgetvalue(result, row, Int32(column)))
        let count = Int(latchkey_PQgetlength(result, row, Int32(column)))
        return UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }
}

/// Bytes in the text format of PostgreSQL's `bytea`.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { output in
            for (index, byte) in bytes.enumerated() {
                output[2 * index] = digits[Int(byte >> 4)]
                output[2 * index + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }

    /// What the server writes is taken as it is: pairs of digits in lower case.
    static func decode(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
        func value(_ digit: UInt8) -> UInt8 { digit <= UInt8(ascii: "9") ? digit & 15 : (digit & 15) &+ 9 }
        var output: [UInt8] = []
        output.reserveCapacity(text.count / 2)
        var iterator = text.makeIterator()
        while let high = iterator.next(), let low = iterator.next() { output.append(value(high) << 4 | value(low)) }
        return output
    }
}
