import Synchronization

/// The start of the `-shm` file, in SQLite's own mapping.
// Safe to send: it is only read, as any process that has mapped the file may do; a read during an update sees two
// different copies and is discarded; and `SQLiteTaskVersions`, its only owner, releases it under its lock before the
// connection is closed, which unmaps the memory.
struct SharedIndex: @unchecked Sendable {
    private let start: UnsafeRawPointer

    init(_ start: UnsafeRawPointer) { self.start = start }

    /// 48 bytes: among them a counter of commits, the number of frames and a checksum over them.
    struct Header: Equatable {
        fileprivate var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

        /// A counter of commits by all processes.
        var commits: UInt32 { UInt32(truncatingIfNeeded: words.1.littleEndian) }

        static func == (left: Header, right: Header) -> Bool {
            let (a, b) = (left.words, right.words)
            return a.0 == b.0 && a.1 == b.1 && a.2 == b.2 && a.3 == b.3 && a.4 == b.4 && a.5 == b.5
        }
    }

    /// Nil during an update: a writer changes the second copy first, and then the first.
    var header: Header? {
        let first = copy(at: 0)
        atomicMemoryFence(ordering: .acquiring)
        let second = copy(at: 48)
        return first == second ? first : nil
    }

    private func copy(at offset: Int) -> Header {
        func word(_ number: Int) -> UInt64 { start.load(fromByteOffset: offset + 8 * number, as: UInt64.self) }
        return Header(words: (word(0), word(1), word(2), word(3), word(4), word(5)))
    }
}
