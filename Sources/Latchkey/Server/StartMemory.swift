import Glibc
import ServiceLifecycle

/// Releases the memory of program code that only startup needed: reading settings, migrating, compiling templates.
///
/// Executed code stays mapped, with its surroundings, as the kernel maps 64 KiB at a time. The pages stay in the page
/// cache, but once no process maps them they are the first to be reclaimed when memory runs short; code that is called
/// again is mapped again without reading the disk.
struct StartMemory: Service {
    /// The delay until the services have started and first requests have been answered.
    private static let delay = Duration.seconds(1)

    func run() async throws {
        // If the service is stopped before that, there is nothing to release.
        guard (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.delay) }) != nil else { return }
        Self.giveBack()
    }

    /// Code is backed by files and never written to, so nothing is lost with its pages.
    static func giveBack() {
        for range in codeRanges() {
            guard let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
            // Only advice: if the kernel ignores it, nothing changes.
            madvise(start, Int(range.count), MADV_DONTNEED)
        }
    }

    /// The ranges of file-backed code in this process.
    static func codeRanges() -> [Range<UInt>] {
        guard let file = fopen("/proc/self/maps", "re") else { return [] }
        defer { fclose(file) }
        var ranges: [Range<UInt>] = []
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let line {
            if let range = codeRange(String(cString: line)) { ranges.append(range) }
        }
        return ranges
    }

    /// The range of one line, `55d0c0a00000-55d0c1f79000 r-xp 002e1000 fe:00 123 /usr/bin/latchkey`, if it is code.
    static func codeRange(_ line: String) -> Range<UInt>? {
        let fields = line.split(whereSeparator: \.isWhitespace)
        // Private, readable, executable, and above all not writable; file-backed, so with an inode number.
        guard fields.count >= 6, fields[1] == "r-xp", fields[4] != "0" else { return nil }
        let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard bounds.count == 2, bounds[0] < bounds[1] else { return nil }
        return bounds[0]..<bounds[1]
    }
}
