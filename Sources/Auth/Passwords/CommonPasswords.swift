import Basics
import CPasswords

/// Common passwords: those of two lists (see Sources/CPasswords/ORIGIN.md), and by rule a list of words of our own with
/// common prefixes and suffixes, repetitions, alphabet and keyboard sequences, and dates.
enum CommonPasswords {
    /// Longer text, or text in another script, matches none of the rules.
    private static let maximumLength = 20
    /// The maximum length of affixes to a word that add no protection: `1` … `2024!`.
    private static let maximumPrefix = 2
    private static let maximumSuffix = 5

    /// - Parameter isStrict: true if the lists and decorated words count, too.
    static func contains(_ password: String, isStrict: Bool) -> Bool {
        let folded = Array(fold(password).utf8)
        if isStrict && isListed(folded) { return true }
        guard folded.count <= maximumLength, folded.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        if isRepetition(folded) || isMadeOfRuns(folded) || isDate(folded) { return true }
        if isWord(folded) { return true }
        return isStrict && isDecoratedWord(folded)
    }

    /// Form KC and lower case, character by character: capitals and full-width forms are equally common.
    private static func fold(_ password: String) -> String {
        var folded = ""
        for scalar in NormalizationForm.kc.normalize(password).unicodeScalars {
            folded += scalar.properties.lowercaseMapping
        }
        return folded
    }

    // MARK: The lists

    /// A binary search in lines sorted by their bytes.
    private static func isListed(_ folded: [UInt8]) -> Bool {
        var size = 0
        let lines = UnsafeBufferPointer(start: latchkey_common_passwords(&size), count: size)
        var (low, high) = (0, lines.count)
        while low < high {
            let middle = low + (high - low) / 2
            let start = lines[low..<middle].lastIndex(of: newline).map { $0 + 1 } ?? low
            guard let end = lines[middle..<high].firstIndex(of: newline) else { return false }
            let line = lines[start..<end]
            if line.elementsEqual(folded) { return true }
            if line.lexicographicallyPrecedes(folded) { low = end + 1 } else { high = start }
        }
        return false
    }

    private static let newline = UInt8(ascii: "\n")

    // MARK: Words

    private static func isWord(_ text: [UInt8]) -> Bool { words.contains(String(decoding: text, as: UTF8.self)) }

    /// A word in some spelling, with short affixes.
    private static func isDecoratedWord(_ text: [UInt8]) -> Bool {
        for prefix in 0...maximumPrefix where prefix < text.count && text[..<prefix].allSatisfy(isDecoration) {
            for end in stride(from: text.count, through: prefix + 3, by: -1) {
                let suffix = Array(text[end...])
                guard suffix.allSatisfy(isDecoration) else { break }
                guard suffix.count <= maximumSuffix || isRepetition(suffix) || isMadeOfRuns(suffix) else { continue }
                let core = Array(text[prefix..<end])
                if spellings(core).contains(where: isOneWordOrTwo) { return true }
            }
        }
        return false
    }

    private static func isOneWordOrTwo(_ text: [UInt8]) -> Bool {
        if isWord(text) { return true }
        guard text.count >= 4 else { return false }
        return (2...(text.count - 2)).contains { isWord(Array(text[..<$0])) && isWord(Array(text[$0...])) }
    }

    private static func isDecoration(_ byte: UInt8) -> Bool { !byte.isLowercaseLetter }

    /// The text as it is, and with digits and punctuation read as the letters that they resemble; 1 and ! may be i or
    /// l.
    private static func spellings(_ text: [UInt8]) -> [[UInt8]] {
        [UInt8(ascii: "i"), UInt8(ascii: "l")].map { one in
            text.map { byte in
                switch byte {
                case UInt8(ascii: "0"): UInt8(ascii: "o")
                case UInt8(ascii: "1"), UInt8(ascii: "!"), UInt8(ascii: "|"): one
                case UInt8(ascii: "3"): UInt8(ascii: "e")
                case UInt8(ascii: "4"), UInt8(ascii: "@"): UInt8(ascii: "a")
                case UInt8(ascii: "5"), UInt8(ascii: "$"): UInt8(ascii: "s")
                case UInt8(ascii: "7"), UInt8(ascii: "+"): UInt8(ascii: "t")
                case UInt8(ascii: "8"): UInt8(ascii: "b")
                case UInt8(ascii: "9"): UInt8(ascii: "g")
                default: byte
                }
            }
        } + [text]
    }

    // MARK: Patterns

    /// The same one to five characters repeated: `aaaaaaaa`, `abcabcabc`, `12341234`.
    private static func isRepetition(_ text: [UInt8]) -> Bool {
        guard text.count >= 2 else { return false }
        return (1...5).contains { size in
            text.count >= 2 * size && text.indices.dropFirst(size).allSatisfy { text[$0] == text[$0 - size] }
        }
    }

    /// Only runs of three or more: `12345678`, `qwertyuiop`, `asdf4321`, `1qaz2wsx`, `abcd1234`.
    private static func isMadeOfRuns(_ text: [UInt8]) -> Bool {
        var start = 0
        while start < text.count {
            guard let length = longestRun(text[start...]) else { return false }
            start += length
        }
        return !text.isEmpty
    }

    private static func longestRun(_ text: ArraySlice<UInt8>) -> Int? {
        var best = 0
        for row in rows {
            for first in row.indices where row[first] == text.first {
                let length = zip(row[first...], text).prefix { $0 == $1 }.count
                best = max(best, length)
            }
        }
        // A repeated character is a run as well.
        best = max(best, text.prefix { $0 == text.first }.count)
        return best >= 3 ? best : nil
    }

    /// Eight digits that form a date between 1900 and 2099, in any of the three orders, or two years.
    private static func isDate(_ text: [UInt8]) -> Bool {
        guard text.count == 8, text.allSatisfy(\.isDigit) else { return false }
        func number(_ range: Range<Int>) -> Int { text[range].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } }
        func isYear(_ range: Range<Int>) -> Bool { (1900...2099).contains(number(range)) }
        func isDay(_ day: Range<Int>, _ month: Range<Int>) -> Bool {
            (1...31).contains(number(day)) && (1...12).contains(number(month))
        }
        return isYear(0..<4) && (isYear(4..<8) || isDay(6..<8, 4..<6) || isDay(4..<6, 6..<8))
            || isYear(4..<8) && (isDay(0..<2, 2..<4) || isDay(2..<4, 0..<2))
    }

    /// Sequences, forwards and backwards: digits, the alphabet, the rows of three keyboards, diagonal columns, and two
    /// rows interleaved.
    private static let rows: [[UInt8]] = [
        "01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiop",
        "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "!@#$%^&*()", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
        "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "qawsedrftgyhujikolp", "a1b2c3d4e5f6g7h8i9j0",
        "qazwsxedcrfvtgbyhnujm", "147258369", "159357", "123654789", "1029384756", "13579", "24680", "asdzxcqwe",
        "112233445566778899",
    ].flatMap { [Array($0.utf8), Array($0.utf8.reversed())] }
}
