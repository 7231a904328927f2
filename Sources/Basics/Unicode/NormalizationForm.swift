/// The two composed normalization forms of Unicode (UAX 15): C, which gives each accented letter one spelling, and KC,
/// which also turns `ﬁ` into `fi` and `²` into `2`.
///
/// The standard library does not expose them, and linking Foundation's would bring tables for all of the world's
/// languages and make the program several times as large. One table is sufficient, parsed on first use.
package enum NormalizationForm {
    case c, kc

    package func normalize(_ text: String) -> String {
        // Nothing below the first combining mark composes, but some scalars there have compatibility decompositions.
        let firstAffected: UInt32 = self == .c ? 0x300 : 0x80
        if text.unicodeScalars.allSatisfy({ $0.value < firstAffected }) { return text }
        let tables = Tables.shared
        var scalars: [UInt32] = []
        for scalar in text.unicodeScalars { tables.decompose(scalar.value, into: &scalars, form: self) }
        tables.reorder(&scalars)
        tables.compose(&scalars)
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars.compactMap(Unicode.Scalar.init))
        return String(result)
    }

    /// The text with each accent after its letter, in form KD but for the order of several accents.
    package static func decomposed(_ text: String) -> String.UnicodeScalarView {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.unicodeScalars }
        var scalars: [UInt32] = []
        for scalar in text.unicodeScalars { Tables.shared.decompose(scalar.value, into: &scalars, form: .kc) }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars.compactMap(Unicode.Scalar.init))
        return result
    }
}

/// The tables in a form suited to lookup.
private struct Tables {
    static let shared = Tables()

    private var canonical: [UInt32: [UInt32]] = [:]
    private var compatible: [UInt32: [UInt32]] = [:]
    private var compositions: [Pair: UInt32] = [:]
    private var classes: [UInt32: UInt8] = [:]

    private struct Pair: Hashable {
        let first, second: UInt32
    }

    private init() {
        for field in NormalizationTables.decompositions.split(separator: " ") { readDecomposition(field) }
        for field in NormalizationTables.combiningClasses.split(separator: " ") {
            let sides = field.split(separator: ":")
            guard sides.count == 2, let range = Self.range(sides[0]), let number = UInt8(sides[1], radix: 16) else {
                continue
            }
            for offset in 0..<range.count { classes[range.first + offset] = number }
        }
    }

    private mutating func readDecomposition(_ field: Substring) {
        guard let mark = field.first(where: { ":!~".contains($0) }) else { return }
        let sides = field.split(separator: mark)
        guard sides.count == 2, let range = Self.range(sides[0]) else { return }
        let parts = sides[1].split(separator: ",").compactMap { UInt32($0, radix: 16) }
        guard let head = parts.first else { return }
        for offset in 0..<range.count {
            let (scalar, mapping) = (range.first + offset, [head + offset * range.step] + parts.dropFirst())
            if mark == "~" { compatible[scalar] = mapping } else { canonical[scalar] = mapping }
            if mark == ":", mapping.count == 2 {
                compositions[Pair(first: mapping[0], second: mapping[1])] = scalar
            }
        }
    }

    /// `FF10+A` or `FEDB*2` or a single scalar.
    private static func range(_ text: Substring) -> (first: UInt32, count: UInt32, step: UInt32)? {
        let parts = text.split { $0 == "+" || $0 == "*" }.compactMap { UInt32($0, radix: 16) }
        guard let first = parts.first else { return nil }
        return (first, parts.count == 2 ? parts[1] : 1, text.contains("+") ? 1 : 0)
    }

    func decompose(_ scalar: UInt32, into output: inout [UInt32], form: NormalizationForm) {
        if let syllable = Hangul.decompose(scalar) {
            output += syllable
        } else if let parts = canonical[scalar] ?? (form == .kc ? compatible[scalar] : nil) {
            for part in parts { decompose(part, into: &output, form: form) }
        } else {
            output.append(scalar)
        }
    }

    /// Puts the marks after each letter into canonical order; marks of one class keep their order.
    func reorder(_ scalars: inout [UInt32]) {
        var start = 0
        while start < scalars.count {
            guard classes[scalars[start]] != nil else {
                start += 1
                continue
            }
            let end = scalars[start...].firstIndex { classes[$0] == nil } ?? scalars.count
            let marks = scalars[start..<end].enumerated().sorted {
                let (left, right) = (classes[$0.element] ?? 0, classes[$1.element] ?? 0)
                return left == right ? $0.offset < $1.offset : left < right
            }
            scalars.replaceSubrange(start..<end, with: marks.map(\.element))
            start = end
        }
    }

    /// Composes each mark with the last letter before it, unless a mark of the same or a higher class stands between.
    func compose(_ scalars: inout [UInt32]) {
        var output: [UInt32] = []
        output.reserveCapacity(scalars.count)
        var starter: Int?
        var lastClass: UInt8?
        for scalar in scalars {
            let ownClass = classes[scalar] ?? 0
            let isBlocked = lastClass.map { $0 >= ownClass } ?? false
            if let starter, !isBlocked, let composed = composition(output[starter], scalar) {
                output[starter] = composed
                continue
            }
            output.append(scalar)
            if ownClass == 0 {
                (starter, lastClass) = (output.count - 1, nil)
            } else {
                lastClass = ownClass
            }
        }
        scalars = output
    }

    private func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        Hangul.compose(first, second) ?? compositions[Pair(first: first, second: second)]
    }
}

/// Korean syllables, whose letters follow from arithmetic (The Unicode Standard, section 3.12).
private enum Hangul {
    private static let (syllables, leads, vowels, trails): (UInt32, UInt32, UInt32, UInt32) = (
        0xAC00, 0x1100, 0x1161, 0x11A7
    )
    private static let (leadCount, vowelCount, trailCount): (UInt32, UInt32, UInt32) = (19, 21, 28)

    static func decompose(_ scalar: UInt32) -> [UInt32]? {
        guard (syllables..<(syllables + leadCount * vowelCount * trailCount)).contains(scalar) else { return nil }
        let index = scalar - syllables
        let trail = index % trailCount
        return [leads + index / (vowelCount * trailCount), vowels + index / trailCount % vowelCount]
            + (trail == 0 ? [] : [trails + trail])
    }

    static func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if (leads..<(leads + leadCount)).contains(first), (vowels..<(vowels + vowelCount)).contains(second) {
            return syllables + ((first - leads) * vowelCount + (second - vowels)) * trailCount
        }
        guard (syllables..<(syllables + leadCount * vowelCount * trailCount)).contains(first),
            (first - syllables) % trailCount == 0, ((trails + 1)..<(trails + trailCount)).contains(second)
        else { return nil }
        return first + second - trails
    }
}
