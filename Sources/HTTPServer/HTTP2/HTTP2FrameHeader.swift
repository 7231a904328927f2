#if TLS
    import NIOCore

    /// The nine-byte header of a frame (RFC 9113, section 4.1).
    struct HTTP2FrameHeader {
        static let size = 9

        enum Kind {
            static let data: UInt8 = 0
            static let headers: UInt8 = 1
            static let reset: UInt8 = 3
            static let settings: UInt8 = 4
            static let goAway: UInt8 = 7
            static let continuation: UInt8 = 9
        }

        var length: Int
        var kind: UInt8
        var flags: UInt8
        var stream: UInt32

        /// - Parameter bytes: nine of them.
        init(_ bytes: some Collection<UInt8>) {
            var iterator = bytes.makeIterator()
            func next() -> UInt32 { UInt32(iterator.next() ?? 0) }
            length = Int(next() << 16 | next() << 8 | next())
            kind = UInt8(next())
            flags = UInt8(next())
            stream = (next() << 24 | next() << 16 | next() << 8 | next()) & 0x7FFF_FFFF
        }

        /// True if the header block continues in a CONTINUATION frame.
        var isContinued: Bool {
            (kind == Kind.headers || kind == Kind.continuation) && flags & 0x04 == 0
        }
    }
#endif
