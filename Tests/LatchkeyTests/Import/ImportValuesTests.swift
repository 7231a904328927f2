import Basics
import Domain
import Testing

@testable import Latchkey

@Suite struct ImportValuesTests {
    @Test(arguments: [
        ("2026-01-10T12:00:00.123Z", "2026-01-10T12:00:00.123Z"), ("2026-01-10 12:00:00", "2026-01-10T12:00:00.000Z"),
        ("2026-01-10 12:00:00.123456", "2026-01-10T12:00:00.123Z"), ("2026-01-10", "2026-01-10T00:00:00.000Z"),
        ("2026-01-10T12:00:00+02:00", "2026-01-10T10:00:00.000Z"),
        ("2026-01-10 12:00:00+00", "2026-01-10T12:00:00.000Z"),
        ("2026-01-10 12:00:00.5-0130", "2026-01-10T13:30:00.500Z"), ("2024-02-29T23:59", "2024-02-29T23:59:00.000Z"),
        ("1768046400", "2026-01-10T12:00:00.000Z"), ("1768046400123", "2026-01-10T12:00:00.123Z"),
        ("1768046400.5", "2026-01-10T12:00:00.500Z"), ("1768046400123456", "2026-01-10T12:00:00.123Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000Z"),
    ])
    func `reads times as databases write them`(text: String, time: String) {
        #expect(ImportValues.time(text)?.rfc3339 == time)
    }

    @Test(arguments: [
        "yesterday", "2026-02-30", "2026-13-01", "2026-01-10T25:00:00Z", "10.01.2026", "2026-1-1", "nan", "inf",
        "1e300",
        "2026-01-10T12:00:00 CET", "٢٠٢٦-٠١-١٠",
    ])
    func `refuses what is not a time`(text: String) {
        #expect(ImportValues.time(text) == nil)
    }

    @Test func `reads yes and no`() {
        #expect(["1", "true", "T", "Yes", " on "].map(ImportValues.bool) == [true, true, true, true, true])
        #expect(["0", "FALSE", "f", "no", "off"].map(ImportValues.bool) == [false, false, false, false, false])
        #expect(["", "2", "maybe"].map(ImportValues.bool) == [nil, nil, nil])
    }

    @Test func `a task without a UUID gets one that stays the same and sorts by time and number`() throws {
        let (alice, bob) = (UserID(rawValue: "1"), UserID(rawValue: "2"))
        let time = Timestamp(milliseconds: 1_768_046_400_000)
        func id(_ text: String, _ owner: UserID, _ time: Timestamp) throws -> String {
            try ImportValues.taskID(for: text, ownedBy: owner, createdAt: time).rawValue
        }

        let ids = [
            try id("9", alice, time), try id("10", alice, time), try id("1", alice, time.adding(seconds: 1)),
        ]

        #expect(ids == ids.sorted())
        #expect(try id("9", alice, time) == ids[0])
        #expect(try id("9", bob, time) != ids[0])
        #expect(
            ids.allSatisfy { TaskID(untrusted: $0) != nil && Array($0)[14] == "7" && "89ab".contains(Array($0)[19]) })
    }
}
