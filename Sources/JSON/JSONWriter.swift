/// Writes JSON into bytes without building a value tree. Commas are inserted automatically.
///
///     var json = JSONWriter()
///     json.object { $0.member("id", id); $0.member("done", false) }
///
/// The bytes are in memory owned by the writer, because an array would check for unique ownership at every byte.
package struct JSONWriter: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    /// Bytes written so far.
    package private(set) var count = 0
    private var capacity: Int
    private var needsComma = false

    package init(capacity: Int = 512) {
        self.capacity = max(16, capacity)
        start = .allocate(capacity: self.capacity)
    }

    deinit { start.deallocate() }

    /// The bytes written so far.
    package var bytes: [UInt8] { withBytes { Array($0) } }

    package func withBytes<Value>(_ use: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        use(UnsafeBufferPointer(start: start, count: count))
    }

    package mutating func object<Failure>(_ members: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        open(UInt8(ascii: "{"))
        try members(&self)
        close(UInt8(ascii: "}"))
    }

    package mutating func array<Failure>(_ elements: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        open(UInt8(ascii: "["))
        try elements(&self)
        close(UInt8(ascii: "]"))
    }

    package mutating func name(_ name: StaticString) {
        let length = name.utf8CodeUnitCount
        reserve(length + 4)
        var end = start + count
        if needsComma {
            end[0] = UInt8(ascii: ",")
            end += 1
        }
        // Names are trusted, so there is nothing in them to escape.
        end[0] = UInt8(ascii: "\"")
        (end + 1).update(from: name.utf8Start, count: length)
        end[length + 1] = UInt8(ascii: "\"")
        end[length + 2] = UInt8(ascii: ":")
        count = end + length + 3 - start
        needsComma = false
    }

    /// Several members whose values are always the same, as they are in JSON: `"a":null,"b":[]`.
    package mutating func members(_ text: StaticString) { raw(text) }

    package mutating func member(_ name: StaticString, _ value: String) {
        self.name(name)
        string(value)
    }

    package mutating func member(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { string(value) } else { null() }
    }

    /// A member whose text is expected to be UTF-8.
    package mutating func member(_ name: StaticString, utf8: ArraySlice<UInt8>) {
        self.name(name)
        string(utf8: utf8)
    }

    package mutating func member(_ name: StaticString, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    package mutating func member(_ name: StaticString, _ value: Int64) {
        self.name(name)
        integer(value)
    }

    package mutating func member(_ name: StaticString, _ value: Int64?) {
        guard let value else {
            self.name(name)
            return null()
        }
        member(name, value)
    }

    /// A member whose name is not known at compile time.
    package mutating func member(dynamic name: String, _ value: String) {
        self.name(dynamic: name)
        string(value)
    }

    package mutating func member(dynamic name: String, _ value: Int64) {
        self.name(dynamic: name)
        integer(value)
    }

    private mutating func name(dynamic name: String) {
        string(name)
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a parsed value.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let bool): self.bool(bool)
        case .integer(let integer): self.integer(integer)
        case .double(let double): raw("\(double)".utf8)
        case .string(let text): string(text)
        case .array(let elements): array { json in for element in elements { json.value(element) } }
        case .object(let object):
            self.object { json in
                for (name, value) in object.members {
                    json.name(dynamic: name)
                    json.value(value)
                }
            }
        }
    }

    package mutating func null() { raw("null" as StaticString) }
    package mutating func bool(_ value: Bool) { raw(value ? "true" : "false" as StaticString) }
    package mutating func integer(_ value: Int64) { raw(String(value).utf8) }

    /// A string whose bytes need no escaping and are written by `fill`, which gets a buffer of exactly `count` bytes.
    package mutating func string(unescaped count: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        separate()
        reserve(count + 2)
        put(UInt8(ascii: "\""))
        fill(UnsafeMutableBufferPointer(start: start + self.count, count: count))
        self.count += count
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A string whose bytes are expected to be UTF-8; invalid bytes are replaced by U+FFFD.
    package mutating func string(utf8: ArraySlice<UInt8>) {
        let isDone = utf8.withUnsafeBufferPointer { utf8 in
            guard Self.isUTF8(utf8) else { return false }
            putQuoted(utf8)
            return true
        }
        if !isDone { string(String(decoding: utf8, as: UTF8.self)) }
    }

    private static func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var all: UInt8 = 0
        for byte in bytes { all |= byte }
        return all < 0x80 || (try? UTF8Span(validating: bytes.span)) != nil
    }

    package mutating func string(_ value: String) {
        let isDone: Void? = value.utf8.withContiguousStorageIfAvailable { putQuoted($0) }
        if isDone == nil { Array(value.utf8).withUnsafeBufferPointer { putQuoted($0) } }
    }

    private mutating func putQuoted(_ utf8: UnsafeBufferPointer<UInt8>) {
        separate()
        put(UInt8(ascii: "\""))
        putEscaped(utf8)
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Escapes quotes, backslashes and control characters (RFC 8259, section 7). Works on bytes and not on Characters:
    /// a quote with a combining accent is one Character that is not a quote.
    private mutating func putEscaped(_ utf8: UnsafeBufferPointer<UInt8>) {
        var copied = 0
        while let index = Self.firstToEscape(utf8, from: copied) {
            let byte = utf8[index]
            put(UnsafeBufferPointer(rebasing: utf8[copied..<index]))
            copied = index + 1
            put(UInt8(ascii: "\\"))
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): put(byte)
            case 0x0A: put(UInt8(ascii: "n"))
            case 0x0D: put(UInt8(ascii: "r"))
            case 0x09: put(UInt8(ascii: "t"))
            default:
                for letter in "u00".utf8 { put(letter) }
                put(Self.digit(byte >> 4))
                put(Self.digit(byte & 15))
            }
        }
        put(UnsafeBufferPointer(rebasing: utf8[copied...]))
    }

    /// Examines eight bytes at a time. In a word, a byte is zero where the highest bit of `(x - 1) & ~x` is set, and
    /// the other searches are derived from that; a borrow can only cause a false positive, and then the bytes are
    /// checked one by one.
    private static func firstToEscape(_ utf8: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let bytes = UnsafeRawBufferPointer(utf8)
        var index = start
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            let delete = word ^ (ones &* 0x7F)
            let found =
                ((word &- ones &* 0x20) & ~word) | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
                | ((delete &- ones) & ~delete)
            if found & (ones &* 0x80) != 0 { break }
            index += 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F { return index }
            index += 1
        }
        return nil
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private mutating func raw(_ text: StaticString) {
        separate()
        put(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        needsComma = true
    }

    private mutating func raw(_ text: some Sequence<UInt8>) {
        separate()
        for byte in text { put(byte) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        put(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        put(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { put(UInt8(ascii: ",")) }
    }

    // MARK: Memory

    private mutating func put(_ byte: UInt8) {
        reserve(1)
        start[count] = byte
        count += 1
    }

    private mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count)
        (start + count).update(from: source, count: bytes.count)
        count += bytes.count
    }

    private mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        capacity = max(2 * capacity, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
    }
}
