import Basics
import Glibc
import Synchronization

/// The system's time zones, read from their files when they are first asked for.
package final class TimeZoneDatabase: Sendable {
    private let directory: String
    /// Nil for a name that has no file.
    private let zones = Mutex<[String: TimeZoneRules?]>([:])
    private static let maximumNames = 2000

    /// The one that the C library uses as well.
    package static let system = TimeZoneDatabase(
        directory: getenv("TZDIR").map { String(cString: $0) } ?? "/usr/share/zoneinfo")

    /// - Parameter directory: a compiled IANA database, such as `/usr/share/zoneinfo`.
    package init(directory: String) { self.directory = directory }

    /// Nil for a zone that the system does not know.
    package func rules(_ name: String) -> TimeZoneRules? {
        if name == "UTC" { return .utc }
        guard Self.isPossible(name) else { return nil }
        if let known = zones.withLock({ $0[name] }) { return known }
        let rules = read(name)
        zones.withLock { zones in
            if zones.count >= Self.maximumNames { zones.removeAll() }
            zones[name] = .some(rules)
        }
        return rules
    }

    /// A warning for the operator if the database is missing or outdated; nil if all is well. Governments change their
    /// clocks with a few months' notice, so a database of the year before last knows some zones wrongly.
    package func warning(at time: Timestamp) -> String? {
        guard rules("Europe/London") != nil else {
            return "No time zones in \(directory), so tasks know UTC only. Install tzdata."
        }
        let year = TimeZoneRules.utc.local(at: time).date.year
        guard let version, let released = Int(digits: version.prefix(4)), released < year - 1 else { return nil }
        return "The time zones of this system are of \(released). Update tzdata."
    }

    /// The release, such as `2026a`; nil where the source file of the database is not beside it.
    private var version: String? {
        guard let bytes = try? SystemError.bytes(ofFile: directory + "/tzdata.zi") else { return nil }
        let line = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        return line.hasPrefix("# version ") ? String(line.dropFirst(10)) : nil
    }

    private func read(_ name: String) -> TimeZoneRules? {
        guard let bytes = try? SystemError.bytes(ofFile: "\(directory)/\(name)") else { return nil }
        return TimeZoneRules(tzif: bytes)
    }

    /// Letters, digits, `_`, `+` and `-` in up to three parts, the first of which begins with a capital letter: neither
    /// a way out of the directory nor one of its variants for leap seconds.
    private static func isPossible(_ name: String) -> Bool {
        guard name.utf8.count <= 64, let first = name.utf8.first, (0x41...0x5A).contains(first) else { return false }
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.count <= 3
            && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCIIAlphanumeric || "_+-".utf8.contains($0) } }
    }
}
