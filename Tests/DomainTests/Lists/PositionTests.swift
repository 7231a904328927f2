import Basics
import Domain
import TestSupport
import Testing

@Suite struct PositionTests {
    @Test func `between any two places there is another`() {
        var random = SplitMix(state: 5)
        var order: [Position] = []
        for _ in 0..<3000 {
            // Most at the beginning, at the end, or into one gap.
            let index =
                [0, order.count, order.count / 2, random.below(order.count + 1)]
                .randomElement(using: &random) ?? 0
            let (above, below) = (
                index > 0 ? order[index - 1] : nil, index < order.count ? order[index] : nil
            )
            guard let position = Position(between: above, and: below) else {
                #expect(Bool(false), "\(String(describing: above)) \(String(describing: below))")
                continue
            }
            #expect(above.map { $0 < position } ?? true)
            #expect(below.map { position < $0 } ?? true)
            order.insert(position, at: index)
        }
        #expect(order == order.sorted())
    }

    @Test func `there is none between equal places, or places in the wrong order`() {
        let (a, b) = (Position(rawValue: "a"), Position(rawValue: "b"))
        #expect(Position(between: a, and: a) == nil)
        #expect(Position(between: b, and: a) == nil)
        #expect(Position(between: nil, and: Position(rawValue: "0")) == nil)
        #expect(Position(between: a, and: Position(rawValue: "a0")) == nil)
        #expect(Position(between: a, and: b) != nil)
    }

    @Test func `newer tasks come before older ones`() {
        let ids = UUIDv7Generator()
        var last: Position?
        for number in 0..<2000 {
            let position = Position(
                newestFirst: ids.next(at: Timestamp(milliseconds: 1_700_000_000_000 + Int64(number / 3) * 40_000_000)))
            if let last { #expect(position < last) }
            last = position
        }
    }

    @Test(arguments: [1, 2, 35, 36, 37, 500, 5000]) func `places at equal distances ascend`(count: Int) {
        let places = Position.evenly(count)
        #expect(places.count == count)
        #expect(places == places.sorted() && Set(places).count == count)
        #expect(Position(between: nil, and: places[0]) != nil)
        #expect(Position(between: places[count - 1], and: nil) != nil)
    }
}
