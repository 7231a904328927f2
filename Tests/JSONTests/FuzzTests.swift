import Foundation
import JSON
import TestSupport
import Testing

/// What we take for JSON, Foundation takes for the same JSON. The reverse does not hold, on purpose: see `JSONReader`.
/// `make fuzz` multiplies the rounds.
@Suite struct FuzzTests {
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `random and mutated texts are read alike or refused`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var accepted = 0
        for round in 0..<(4000 * fuzzFactor) {
            var bytes = Array(Self.document(&random, depth: 0).utf8)
            if round.isMultiple(of: 2) { Self.mutate(&bytes, &random) }
            let ours: JSONValue
            do { ours = try JSONReader.read(bytes) } catch {
                #expect(error.offset >= 0 && error.offset <= bytes.count)
                #expect(round.isMultiple(of: 2), "\(String(decoding: bytes, as: UTF8.self)): \(error)")
                continue
            }
            accepted += 1
            let theirs = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(Self.isEqual(ours, theirs), "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(accepted > 2000 * fuzzFactor)
    }

    private static let strings = [
        #""""#, #""a""#, #""é🦊""#, #""\u00e9\ud83e\udd8a""#, #""\"\\\/\b\f\n\r\t""#, #""e\u0301""#, #""\u2028""#,
        #""<script>""#,
    ]
    private static let numbers = [
        "0", "-0", "1", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "0.5", "1e3",
        "1E-3",
        "-1.25e+2", "123456789012345678901234567890",
    ]

    private static func document(_ random: inout SplitMix, depth: Int) -> String {
        let space = ["", "", " ", "\n", "\t\r\n "][random.below(5)]
        switch random.below(depth > 4 ? 3 : 6) {
        case 0: return space + ["true", "false", "null"][random.below(3)] + space
        case 1: return space + numbers[random.below(numbers.count)] + space
        case 2: return space + strings[random.below(strings.count)] + space
        case 3, 4:
            let items = (0..<random.below(4)).map { _ in document(&random, depth: depth + 1) }
            return "[" + (items.isEmpty ? space : items.joined(separator: ",")) + "]" + space
        default:
            let members = (0..<random.below(4)).map {
                "\(space)\"k\($0)\"\(space):" + document(&random, depth: depth + 1)
            }
            return "{" + (members.isEmpty ? space : members.joined(separator: ",")) + "}" + space
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        let letters = Array("{}[],:\"\\0123456789.eE+-truefalsn \n\u{0}\u{7F}é".utf8) + [0xC0, 0xFF, 0xED, 0xA0]
        for _ in 0...random.below(3) {
            let place = random.below(bytes.count + 1)
            switch random.below(3) {
            case 0: bytes.insert(letters[random.below(letters.count)], at: place)
            case 1 where place < bytes.count: bytes.remove(at: place)
            case _ where place < bytes.count: bytes[place] = letters[random.below(letters.count)]
            default: break
            }
        }
    }

    private static func isEqual(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .bool(let bool): return (theirs as? Bool) == bool
        case .integer(let integer): return (theirs as? NSNumber)?.int64Value == integer
        case .double(let double):
            // Foundation keeps long numbers as decimals, and rounds those once more.
            guard let other = (theirs as? NSNumber)?.doubleValue else { return false }
            return abs(other - double) <= abs(double) * 1e-14
        case .string(let string): return (theirs as? String).map { Array($0.utf8) == Array(string.utf8) } ?? false
        case .array(let elements):
            guard let others = theirs as? [Any], others.count == elements.count else { return false }
            return zip(elements, others).allSatisfy { isEqual($0, $1) }
        case .object(let object):
            guard let others = theirs as? [String: Any], others.count == object.members.count else { return false }
            return object.members.allSatisfy { member in others[member.name].map { isEqual(member.value, $0) } ?? false
            }
        }
    }
}
