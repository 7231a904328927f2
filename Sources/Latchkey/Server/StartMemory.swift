import Glibc
import ServiceLifecycle

/// Gives back the memory of program code that only the start needed: reading settings, migrating, compiling templates.
///
/// All code that runs stays mapped from then on, and what lies around it, as the kernel maps 64 KiB at a time. The pages
/// stay in the system's file cache, but as nobody has them mapped they are the first to go when memory runs short; what
/// is called again is mapped again, a moment later and without reading the disk.
struct StartMemory: Service {
    /// Until the services have begun and clients have been answered.
    private static let delay = Duration.seconds(1)

    func run() async throws {
        // Ended before that, there is nothing left to give back for.
        guard (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.delay) }) != nil else { return }
        Self.giveBack()
    }

    /// Code comes from files and is never written to, so nothing is lost with its pages.
    static func giveBack() {
        for range in codeRanges() {
            guard let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
            // Advice, as the name says: where it isn't taken, all is as it was.
            madvise(start, Int(range.count), MADV_DONTNEED)
        }
    }

    /// Where this process has code from files.
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
        // Private, readable, executable, and above all not writable; from a file, so with its number.
        guard fields.count >= 6, fields[1] == "r-xp", fields[4] != "0" else { return nil }
        let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard bounds.count == 2, bounds[0] < bounds[1] else { return nil }
        return bounds[0]..<bounds[1]
    }
}
