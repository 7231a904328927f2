#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

// Every request has some hundreds of bytes examined. In contiguous memory, a few instructions handle many of them;
// through the indices of a string, each takes about ten. Inlined, as unspecialized generic code of another module would
// cost more than it saves.

extension String {
    /// The bytes of the text in contiguous memory.
    @inlinable @inline(__always)
    package func withBytes<Value>(_ use: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        var text = self
        return text.withUTF8(use)
    }

    package var isASCII: Bool { withBytes { $0.isASCII } }

    /// Compares bytes. Swift's own equality is Unicode canonical equivalence, by which a one-scalar é equals a
    /// two-scalar é.
    package func hasSameBytes(as other: String) -> Bool {
        withBytes { bytes in
            other.withBytes { others in
                guard let left = bytes.baseAddress, let right = others.baseAddress else {
                    return bytes.isEmpty && others.isEmpty
                }
                return bytes.count == others.count && memcmp(left, right, bytes.count) == 0
            }
        }
    }

    package func count(of byte: UInt8) -> Int {
        withBytes { bytes in
            var count = 0
            // Without a branch, so that the compiler compares many bytes at once.
            for candidate in bytes { count &+= candidate == byte ? 1 : 0 }
            return count
        }
    }
}

extension Substring {
    /// The bytes of the text in contiguous memory.
    @inlinable @inline(__always)
    package func withBytes<Value>(_ use: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        var text = self
        return text.withUTF8(use)
    }
}

extension UnsafeBufferPointer<UInt8> {
    package var isASCII: Bool {
        var all: UInt8 = 0
        for byte in self { all |= byte }
        return all < 0x80
    }
}
