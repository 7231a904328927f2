import Domain
import Testing

@Suite struct ThrottleRulesTests {
    @Test func `reads limits as they are written`() throws {
        let limits = try #require(ThrottleLimit.list(" 15/60,100/3600 "))
        #expect(limits.map(\.attempts) == [15, 100])
        #expect(limits.map(\.milliseconds) == [60_000, 3_600_000])
    }

    @Test(arguments: [
        "", ",", "15", "15/", "/60", "15/60/1", "0/60", "15/0", "-1/60", "+1/60", "1.5/60", "15/60,x",
    ])
    func `reads nothing else`(text: String) { #expect(ThrottleLimit.list(text) == nil) }
}
