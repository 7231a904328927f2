/// A number of bytes as people write it.
package enum ByteCount {
    /// `312 bytes`, `1.4 MB`: with one digit after the point where it says something.
    package static func text(_ bytes: Int64) -> String {
        guard bytes >= 1000 else { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
        var (tenths, unit) = (bytes / 100, 0)
        while tenths >= 10_000, unit + 1 < units.count { (tenths, unit) = (tenths / 1000, unit + 1) }
        return (tenths < 1000 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)") + " " + units[unit]
    }

    private static let units = ["kB", "MB", "GB", "TB"]
}
