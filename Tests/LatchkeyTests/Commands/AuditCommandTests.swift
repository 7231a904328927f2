import Basics
import Domain
import JSON
import Testing

@testable import Latchkey

@Suite struct AuditCommandTests {
    private let record = AuditRecord(
        number: 7, at: Timestamp(milliseconds: 1_800_000_000_000), event: "authn_login_fail", outcome: "fail",
        actor: "user", userID: nil, addressDigest: "00112233445566778899aabbccddeeff", sessionID: nil,
        ipAddress: "::1", userAgent: "evil\u{9b}31m\u{2028}\u{202e}agent", requestID: "r-1",
        request: "POST /api/auth/signin", details: #"{"reason":"wrong password"}"#, code: "c0de")

    @Test func `a row is one line of columns`() {
        let line = AuditLine.text(record)
        #expect(
            line == """
                7        2027-01-15T08:00:00.000Z  authn_login_fail             fail     unknown:0011223344556677  \
                            ::1              reason=wrong password  POST /api/auth/signin  (evil?31m??agent)
                """)
        #expect(line.firstRange(of: "::1")?.lowerBound == AuditLine.header.firstRange(of: "FROM")?.lowerBound)
    }

    @Test func `a row as JSON is one line that reads back`() throws {
        let line = AuditLine.json(record)
        #expect(line.unicodeScalars.allSatisfy { !VisibleText.isInvisible($0) })
        guard case .object(let object) = try JSONReader.read(Array(line.utf8)) else { return #expect(Bool(false)) }
        #expect(object["ts"] == .string("2027-01-15T08:00:00.000Z"))
        #expect(object["method"] == .string("POST") && object["path"] == .string("/api/auth/signin"))
        #expect(object["user_id"] == .null && object["email_hash"] == .string("00112233445566778899aabbccddeeff"))
        #expect(object["user_agent"] == .string(record.userAgent))
        guard case .object(let details)? = object["details"] else { return #expect(Bool(false)) }
        #expect(details["reason"] == .string("wrong password"))
    }

    @Test func `a time is a moment, or so long ago`() {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        for (text, seconds) in [("30s", 30), ("5m", 300), ("12h", 43_200), ("7d", 604_800)] as [(String, Int64)] {
            #expect(AuditFilter.time(text, at: now) == now.adding(seconds: -seconds))
        }
        #expect(AuditFilter.time("2027-01-15", at: now) == Timestamp(milliseconds: 1_799_971_200_000))
        #expect(AuditFilter.time("2027-01-15T08:00:00Z", at: now) == now)
        for text in ["", "d", "-1d", "1.5h", "99999999d", "yesterday", "2027-13-01", "1w"] {
            #expect(AuditFilter.time(text, at: now) == nil, "\(text)")
        }
    }

    @Test func `columns stand below each other, whatever is in them`() {
        var table = TextTable(["A", "B"])
        table.append(["long\u{1b}[31m", "x"])
        table.append(["é", "y\nz"])
        #expect(table.lines == ["A          B", "long?[31m  x", "é          y?z"])
    }
}
