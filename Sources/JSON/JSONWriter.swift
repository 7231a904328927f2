/// Writes JSON into bytes without building a value tree. Commas are inserted automatically.
///
///     var json = JSONWriter()
///     json.object { $0.member("id", id); $0.member("done", false) }
///
/// The bytes are in memory owned by the writer, because an array would check for unique ownership at every byte.
///
/// Members are inlined into other modules, where the length of their names is a constant: a list has hundreds of them.
@usableFromInline
package struct JSONWriter: ~Copyable {
    @usableFromInline var start: UnsafeMutablePointer<UInt8>
    /// Bytes written so far.
    @usableFromInline package internal(set) var count = 0
    @usableFromInline var capacity: Int
    @usableFromInline var needsComma = false

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

    @inlinable
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

    @inlinable @inline(__always)
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
    @inlinable
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
    @inlinable @inline(__always)
    package mutating func member(_ name: StaticString, utf8: ArraySlice<UInt8>) {
        self.name(name)
        string(utf8: utf8)
    }

    @inlinable
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

    @inlinable
    package mutating func null() { raw("null" as StaticString) }
    @inlinable
    package mutating func bool(_ value: Bool) { raw(value ? "true" : "false" as StaticString) }
    package mutating func integer(_ value: Int64) { raw(String(value).utf8) }

    /// A string whose bytes need no escaping and are written by `fill`, which gets a buffer of exactly `count` bytes.
    @inlinable
    package mutating func string(unescaped count: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        separate()
        reserve(count + 2)
        put(UInt8(ascii: "\""))
        fill(UnsafeMutableBufferPointer(start: start + self.count, count: count))
        self.count += count
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    @inlinable
    mutating func raw(_ text: StaticString) {
        separate()
        put(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        needsComma = true
    }

    private mutating func raw(_ text: some Sequence<UInt8>) {
        separate()
        for byte in text { put(byte) }
        needsComma = true
    }

    @inlinable
    mutating func open(_ bracket: UInt8) {
        separate()
        put(bracket)
        needsComma = false
    }

    @inlinable
    mutating func close(_ bracket: UInt8) {
        put(bracket)
        needsComma = true
    }

    @inlinable
    mutating func separate() {
        if needsComma { put(UInt8(ascii: ",")) }
    }

    // MARK: Memory

    @inlinable
    mutating func put(_ byte: UInt8) {
        reserve(1)
        start[count] = byte
        count += 1
    }

    @inlinable
    mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count)
        (start + count).update(from: source, count: bytes.count)
        count += bytes.count
    }

    @inlinable
    mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    @usableFromInline @inline(never)
    mutating func grow(_ more: Int) {
        capacity = max(2 * capacity, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
    }
}
