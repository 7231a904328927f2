import Basics
import Calendar
import FoundationEssentials
import TestSupport
import Testing

@Suite struct TimeZoneRulesTests {
    /// Local times that clocks skip or show twice, and the moments that they stand for.
    @Test(arguments: [
        ("Europe/Berlin", "2026-03-28T02:30", "2026-03-28T01:30:00.000Z"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00.000Z"),
        ("Europe/Berlin", "2026-03-30T02:30", "2026-03-30T00:30:00.000Z"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00.000Z"),
        ("Europe/Berlin", "2026-10-26T02:30", "2026-10-26T01:30:00.000Z"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30:00.000Z"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00.000Z"),
        ("America/New_York", "2007-11-04T01:30", "2007-11-04T05:30:00.000Z"),
        ("America/New_York", "2007-03-11T02:30", "2007-03-11T07:30:00.000Z"),
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00:00.000Z"),
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00:00.000Z"),
        ("Asia/Beirut", "2026-03-29T00:00", "2026-03-28T22:00:00.000Z"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00.000Z"),
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T19:00:00.000Z"),
    ])
    func `clocks that skip or repeat a time`(name: String, local: String, instant: String) throws {
        let zone = try #require(TimeZoneDatabase.system.rules(name))
        #expect(zone.instant(of: try #require(LocalDateTime(local))).rfc3339 == instant)
    }

    @Test(arguments: [
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000Z"),
        ("UTC", "2026-01-01", "2026-01-01T00:00:00.000Z"),
    ])
    func `a day begins with its first moment`(name: String, date: String, instant: String) throws {
        let zone = try #require(TimeZoneDatabase.system.rules(name))
        #expect(zone.start(of: try #require(CalendarDate(date))).rfc3339 == instant)
    }

    /// Python's zoneinfo reads the same files with a reader of its own.
    @Test func `python agrees about every zone, now and in a hundred years`() throws {
        let script = """
            import random, zoneinfo, datetime
            random.seed(7)
            utc = datetime.timezone.utc
            for name in sorted(zoneinfo.available_timezones()):
                if not name[0].isupper(): continue
                zone = zoneinfo.ZoneInfo(name)
                for _ in range(60):
                    second = random.randrange(-2_000_000_000, 5_000_000_000)
                    time = datetime.datetime.fromtimestamp(second, utc).astimezone(zone)
                    print(name, second, int(time.utcoffset().total_seconds()))
            """
        let (status, output) = try runCommand(["python3", "-c", script])
        #expect(status == 0)
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        #expect(lines.count > 20_000)
        var differences: [Substring] = []
        for line in lines {
            let parts = line.split(separator: " ")
            let seconds = try #require(Int64(parts[1]))
            let found = TimeZoneDatabase.system.rules(String(parts[0]))?.offset(
                at: Timestamp(milliseconds: seconds * 1000))
            if found != Int(parts[2]) { differences.append(line) }
        }
        #expect(differences.isEmpty)
    }

    @Test func `every moment is found again from what the clocks show`() throws {
        var random = SplitMix(state: 11)
        for name in ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"] {
            let zone = try #require(TimeZoneDatabase.system.rules(name))
            for _ in 0..<5000 {
                let time = Timestamp(milliseconds: Int64.random(in: 0..<4_000_000_000, using: &random) * 1000)
                let found = zone.instant(of: zone.local(at: time))
                // An hour that clocks show twice is the first.
                #expect(found == time || (found < time && zone.local(at: found) == zone.local(at: time)))
            }
        }
    }

    @Test(arguments: [
        "", "Mars/Phobos", "../../etc/passwd", "Europe/../Europe/Berlin", "/etc/passwd", "posix/Europe/Berlin",
        "Europe",
        "Europe/Berlin/", "europe/berlin", "right/UTC", "tzdata.zi", "Europe/Ber lin", "Europe/Ber\u{0}lin",
        String(repeating: "A", count: 1000),
    ])
    func `other names are no zones`(name: String) { #expect(TimeZoneDatabase.system.rules(name) == nil) }

    @Test func `a damaged file is no zone, and no crash`() throws {
        let whole = try SystemError.bytes(ofFile: "/usr/share/zoneinfo/Europe/Berlin")
        #expect(TimeZoneRules(tzif: whole) != nil)
        var random = SplitMix(state: 5)
        for length in 0..<whole.count { _ = TimeZoneRules(tzif: Array(whole[..<length])) }
        for _ in 0..<5000 {
            var bytes = whole
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = TimeZoneRules(tzif: bytes)?.local(at: .now())
        }
    }

    @Test func `an operator learns that zones are missing or old`() async throws {
        let now = try #require(TimeZoneDatabase.system.rules("UTC")).start(of: try #require(CalendarDate("2026-11-27")))
        try await withTemporaryDirectory { path in
            #expect(TimeZoneDatabase(directory: path).warning(at: now)?.contains("Install tzdata") == true)
            try FileManager.default.createDirectory(atPath: path + "/Europe", withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: "/usr/share/zoneinfo/Europe/London", toPath: path + "/Europe/London")
            let zones = TimeZoneDatabase(directory: path)
            #expect(zones.warning(at: now) == nil)
            for (version, isOld) in [("2024b", true), ("2025a", false), ("2026c", false)] {
                try "# version \(version)\nR A".write(toFile: path + "/tzdata.zi", atomically: true, encoding: .utf8)
                #expect((zones.warning(at: now) != nil) == isOld, "\(version)")
            }
        }
    }
}
