import CZlib
import NIOCore

/// Compression in the gzip format (RFC 1952).
package enum Gzip {
    /// - Parameter level: 1 (fast) to 9 (small).
    /// - Returns: nil unless compression saves at least a tenth of the bytes.
    package static func compress(_ bytes: ByteBuffer, level: Int32) -> ByteBuffer? {
        let bound = Int(latchkey_gzip_bound(UInt(bytes.readableBytes)))
        guard let count = UInt32(exactly: bytes.readableBytes), let room = UInt32(exactly: bound), count > 0 else {
            return nil
        }
        var output = ByteBufferAllocator().buffer(capacity: bound)
        let written = output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { target in
            bytes.withUnsafeReadableBytes { source in
                Int(latchkey_gzip(source.baseAddress, count, target.baseAddress, room, level))
            }
        }
        guard written > 0, written <= bytes.readableBytes - bytes.readableBytes / 10 else { return nil }
        return output
    }
}
