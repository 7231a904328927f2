import Basics
import Glibc
import Testing

@Suite struct TimestampTests {
    @Test func `a time in the future, after a clock was set back, is not recent`() {
        let time = Timestamp(milliseconds: 1_800_000_000_000)
        #expect(time.isRecent(at: time, forSeconds: 60))
        #expect(time.isRecent(at: time.adding(seconds: 59), forSeconds: 60))
        #expect(!time.isRecent(at: time.adding(seconds: 60), forSeconds: 60))
        #expect(!time.isRecent(at: time.adding(seconds: -1), forSeconds: 60))
    }

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

    /// By the C library, for each day of 400 years.
    @Test func `writes the dates of HTTP and mail`() {
        #expect(Timestamp(milliseconds: 1_795_706_175_999).internetDate == "Thu, 26 Nov 2026 15:16:15")
        var buffer = [CChar](repeating: 0, count: 64)
        for day in stride(from: -100_000, to: 46_100, by: 1) {
            var seconds = day * 86_400 + abs(day) * 977 % 86_400
            var parts = tm()
            gmtime_r(&seconds, &parts)
            let length = strftime(&buffer, buffer.count, "%a, %d %b %Y %H:%M:%S", &parts)
            let expected = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let written = Timestamp(milliseconds: Int64(seconds) * 1000).internetDate
            guard written != expected else { continue }
            Issue.record("\(written) is not \(expected)")
            return
        }
        // Any number may stand where a time belongs.
        for extreme in [Int64.min, .max] { _ = Timestamp(milliseconds: extreme).internetDate }
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
