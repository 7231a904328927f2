/// The bytes of a page while it is rendered. A page is put together from many small pieces, and an array would be checked
/// for other owners before each of them.
struct RenderedBytes: ~Copyable {
    private var memory: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(capacity: Int) { memory = .allocate(capacity: max(capacity, 64)) }

    deinit { memory.deallocate() }

    subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count)
        return memory[index]
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        if count == memory.count { grow(for: 1) }
        memory.initializeElement(at: count, to: byte)
        count += 1
    }

    @inline(__always)
    mutating func append(contentsOf bytes: UnsafeBufferPointer<UInt8>) {
        if bytes.count > memory.count - count { grow(for: bytes.count) }
        guard let source = bytes.baseAddress, let start = memory.baseAddress else { return }
        (start + count).initialize(from: source, count: bytes.count)
        count += bytes.count
    }

    mutating func append(contentsOf bytes: [UInt8]) { bytes.withUnsafeBufferPointer { append(contentsOf: $0) } }

    mutating func append(contentsOf text: StaticString) { text.withUTF8Buffer { append(contentsOf: $0) } }

    /// Reverses the bytes from `start` to the end.
    mutating func reverse(from start: Int) { memory[start..<count].reverse() }

    func withBytes<Value>(_ use: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        use(UnsafeBufferPointer(rebasing: memory[..<count]))
    }

    @inline(never)
    private mutating func grow(for more: Int) {
        let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(2 * memory.count, count + more))
        _ = larger.initialize(fromContentsOf: memory[..<count])
        memory.deallocate()
        memory = larger
    }
}
