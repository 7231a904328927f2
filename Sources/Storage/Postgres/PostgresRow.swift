import Basics
import CPostgres

/// One row of an answer in text format.
struct PostgresRow: Row {
    let result: PostgresResult
    let row: Int32

    func integer(_ column: Int) -> Int64 {
        var digits = bytes(column)[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        // Accumulated as a negative number: the smallest integer has no positive counterpart.
        let value = digits.reduce(Int64(0)) { $0 &* 10 &- Int64($1 &- UInt8(ascii: "0")) }
        return isNegative ? value : 0 &- value
    }

    func bool(_ column: Int) -> Bool { bytes(column).first == UInt8(ascii: "t") }

    /// `\x` and hexadecimal digits, the format of every server since 9.0.
    func blob(_ column: Int) -> [UInt8] { Hexadecimal.decode(trusted: bytes(column).dropFirst(2)) }

    func isNull(_ column: Int) -> Bool { latchkey_PQgetisnull(result.pointer, row, Int32(column)) == 1 }

    func optionalBytes(_ column: Int) -> UnsafeBufferPointer<UInt8>? { isNull(column) ? nil : bytes(column) }

    func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8> {
        let start = UnsafeRawPointer(latchkey_PQgetvalue(result.pointer, row, Int32(column)))
        let count = Int(latchkey_PQgetlength(result.pointer, row, Int32(column)))
        return UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }
}
