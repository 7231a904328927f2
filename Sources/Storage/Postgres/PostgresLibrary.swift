import CPostgres

/// libpq, loaded once, when the first connection is made.
enum PostgresLibrary {
    private static let problem: String? = latchkey_pq_load().map { String(cString: $0) }

    /// - Throws: `StorageError.unusable` where the library is not installed.
    static func load() throws {
        if let problem { throw StorageError.unusable(problem) }
    }
}

/// Lists of texts as C wants them: each ends with a zero byte, the list with a null pointer.
enum CStrings {
    static func with<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = texts.map { text -> UnsafeMutablePointer<CChar> in
            let bytes = text.utf8CString
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            for (index, byte) in bytes.enumerated() { (copy + index).initialize(to: byte) }
            return copy
        }
        defer { for copy in copies { copy.deallocate() } }
        let pointers: [UnsafePointer<CChar>?] = copies.map { UnsafePointer($0) } + [nil]
        // An array always has an address where it is not empty, and this one has the null pointer at least.
        return pointers.withUnsafeBufferPointer { buffer in
            withUnsafePointer(to: nil as UnsafePointer<CChar>?) { body(buffer.baseAddress ?? $0) }
        }
    }
}

/// Values in libpq's text format, all in one piece of memory.
struct PostgresValues {
    private var bytes: [CChar] = []
    /// Where each value begins; nil for NULL.
    private var starts: [Int?] = []
    private(set) var types: [Oid] = []

    var count: Int { starts.count }

    /// - Throws: `StorageError.failed` for a text with a zero byte, which PostgreSQL cannot keep.
    init(_ values: [SQLValue]) throws {
        starts.reserveCapacity(values.count)
        types.reserveCapacity(values.count)
        for value in values {
            switch value {
            case .null:
                starts.append(nil)
                types.append(TypeID.toBeInferred)
            case .integer(let integer): append(String(integer), TypeID.bigint)
            case .bool(let bool): append(bool ? "t" : "f", TypeID.boolean)
            case .bytes(let bytes): append("\\x" + Hexadecimal.encode(bytes), TypeID.bytea)
            case .text(let text):
                guard !text.utf8.contains(0) else {
                    throw StorageError.failed("A text with a zero byte cannot be stored.")
                }
                append(text, TypeID.text)
            }
        }
    }

    private mutating func append(_ text: String, _ type: Oid) {
        starts.append(bytes.count)
        types.append(type)
        bytes.append(contentsOf: text.utf8.lazy.map { CChar(bitPattern: $0) })
        bytes.append(0)
    }

    func withPointers<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            let pointers = starts.map { start in start.flatMap { start in bytes.baseAddress.map { $0 + start } } }
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }

    /// The ids of PostgreSQL's own types (its catalogue pg_type).
    private enum TypeID {
        static let toBeInferred: Oid = 0
        static let boolean: Oid = 16
        static let bytea: Oid = 17
        static let bigint: Oid = 20
        static let text: Oid = 25
    }
}

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
private enum Hexadecimal {
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
