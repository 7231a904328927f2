import Basics
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_768_046_400_123, "2026-01-10T12:00:00.123Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
    func `writes RFC 3339 with three decimals`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
    }

    @Test func `stays within four digits of year, whatever the clock says`() {
        #expect(Timestamp(milliseconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: .min).rfc3339 == "0000-01-01T00:00:00.000Z")
    }

    @Test func `rounds seconds down, also before 1970`() {
        #expect(Timestamp(milliseconds: 1999).seconds == 1)
        #expect(Timestamp(milliseconds: -1).seconds == -1)
        #expect(Timestamp(milliseconds: -1000).seconds == -1)
        #expect(Timestamp(milliseconds: -1001).seconds == -2)
    }

    /// A database may hold any number where a time belongs.
    @Test(arguments: [Int64.min, .min + 1, .min + 86_399_998, .max, .max - 1])
    func `no time is out of reach`(milliseconds: Int64) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect((time.seconds < 0) == (milliseconds < 0))
        #expect((time.days < 0) == (milliseconds < 0))
        #expect((1...12).contains(Timestamp.civil(fromDays: time.days).month))
    }
}
