import Basics
import Testing

@Suite struct UUIDv7Tests {
    @Test func `carries the time, the version and the variant`() {
        let id = Array(UUIDv7Generator().next(at: Timestamp(milliseconds: 0x0123_4567_89AB)).utf8)

        #expect(id.count == 36)
        #expect(String(decoding: id.prefix(14), as: UTF8.self) == "01234567-89ab-")
        #expect(id[14] == UInt8(ascii: "7"))
        #expect("89ab".utf8.contains(id[19]))
        #expect(id.allSatisfy { "0123456789abcdef-".utf8.contains($0) })
    }

    @Test func `only ever grows, within a millisecond and when the clock is set back`() {
        let generator = UUIDv7Generator()
        let clock: [Int64] = Array(repeating: 5000, count: 10_000) + [4000, 3000, 0, -7, 5001, 9000]

        let ids = clock.map { generator.next(at: Timestamp(milliseconds: $0)) }

        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    }
}
