import Basics
import CPostgres

/// Values in libpq's text format, in one contiguous buffer.
struct PostgresValues {
    private var bytes: [CChar] = []
    /// The offset of each value; nil for NULL.
    private var starts: [Int?] = []
    private(set) var types: [Oid] = []

    var count: Int { starts.count }

    /// - Throws: `StorageError.failed` for a text with a zero byte, which PostgreSQL cannot store.
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
        var text = text
        starts.append(bytes.count)
        types.append(type)
        text.withUTF8 { utf8 in utf8.withMemoryRebound(to: CChar.self) { bytes.append(contentsOf: $0) } }
        bytes.append(0)
    }

    func withPointers<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            let pointers = starts.map { start in start.flatMap { start in bytes.baseAddress.map { $0 + start } } }
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }

    /// The OIDs of PostgreSQL's built-in types (catalogue pg_type).
    private enum TypeID {
        static let toBeInferred: Oid = 0
        static let boolean: Oid = 16
        static let bytea: Oid = 17
        static let bigint: Oid = 20
        static let text: Oid = 25
    }
}
