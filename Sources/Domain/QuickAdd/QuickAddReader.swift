import Basics
import Calendar

/// Reads the words of a line, part by part.
struct QuickAddReader {
    private let line: String
    private let context: QuickAddContext
    private let dates: QuickAddDates
    private let tokens: [QuickAddToken]
    /// The words that are still part of the title, by index.
    private var left: [Int]
    private(set) var result = QuickAdd()

    init(line: String, tokens: [QuickAddToken], context: QuickAddContext) {
        (self.line, self.tokens, self.context) = (line, tokens, context)
        dates = QuickAddDates(context: context)
        left = Array(tokens.indices)
    }

    /// The words that are left, with the white space between neighbours.
    var title: String {
        var title = ""
        var previous: Int?
        for index in left {
            if let previous {
                let gap = line[tokens[previous].range.upperBound..<tokens[index].range.lowerBound]
                title += index == previous + 1 ? String(gap) : " "
            }
            title += tokens[index].text
            previous = index
        }
        return title
    }

    // MARK: Description

    /// All after ` // `.
    mutating func takeDescription() {
        guard let mark = tokens.indices.dropFirst().dropLast().first(where: { tokens[$0].word == "//" }),
            let last = tokens.last
        else { return }
        let start = tokens[mark + 1].range.lowerBound
        result.description = String(line[start..<last.range.upperBound])
        left = Array(tokens.indices.prefix(upTo: mark))
        note(.description, tokens[mark].range.lowerBound..<last.range.upperBound)
    }

    // MARK: Signs

    /// `#tag`, `!high`, `+List` and `due:2026-12-24`, wherever they stand.
    mutating func takeMarks() {
        let before = (left, result)
        left = left.filter { !takeMark(tokens[$0]) }
        // A line of signs only is a title.
        if left.isEmpty {
            (left, result) = before
            result.suggestions = []
        }
    }

    /// False if the word stays in the title.
    private mutating func takeMark(_ token: QuickAddToken) -> Bool {
        guard !token.isLiteral, let first = token.text.first else { return false }
        let rest = token.text.dropFirst()
        switch first {
        case "#":
            guard Self.isTag(rest), result.tags.count < Self.maximumTags else { return false }
            let name = String(rest)
            if !result.tags.contains(where: { $0.lowercased() == name.lowercased() }) { result.tags.append(name) }
            note(.tags, token.range)
        case "!":
            guard let priority = Self.priority(rest.lowercased()) else { return false }
            result.priority = priority
            note(.priority, token.range)
        case "+": return takeList(rest, token)
        default: return takeKey(token)
        }
        return true
    }

    /// A letter, then letters, digits, `_`, `-` and `/`.
    private static func isTag(_ text: Substring) -> Bool {
        guard text.first?.isLetter ?? false, text.unicodeScalars.count <= maximumTagLength else { return false }
        return text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == "/" }
    }

    private static let maximumTagLength = 50
    private static let maximumTags = 20
    /// More would be no help, and take long to find.
    private static let maximumSuggestions = 20

    private static func priority(_ word: String) -> TaskPriority? {
        switch word {
        case "1", "high": .high
        case "2", "medium": .medium
        case "3", "low": .low
        default: nil
        }
    }

    private mutating func takeList(_ rest: Substring, _ token: QuickAddToken) -> Bool {
        let isQuoted = rest.count > 2 && rest.first == "\"" && rest.last == "\""
        let name = String(isQuoted ? rest.dropFirst().dropLast() : rest)
        guard name.first?.isLetter ?? false, result.list == nil else { return false }
        guard result.suggestions.count < Self.maximumSuggestions else { return false }
        guard let list = context.lists.first(where: { $0.lowercased() == name.lowercased() }) else {
            suggest(.list(name), token.range)
            return false
        }
        result.list = list
        note(.list, token.range)
        return true
    }

    private mutating func takeKey(_ token: QuickAddToken) -> Bool {
        let parts = token.word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "due", result.due == nil else { return false }
        let value = String(parts[1])
        guard let date = dates.oneWord(value, mayBeShort: true) ?? dates.keyedDistance(value) else { return false }
        result.due = .day(date)
        note(.due, token.range)
        return true
    }

    // MARK: The end of the line

    /// Takes dates, times and repeats from the end, as long as a word is left for the title.
    mutating func takeTail() {
        let words = left.map { tokens[$0].word }
        guard
            let tail = QuickAddTail(words, dates: dates, mayHaveDate: result.due == nil),
            let due = tail.due(on: result.due?.date, context)
        else { return }
        for phrase in tail.phrases {
            let (first, last) = (left[phrase.range.lowerBound], left[phrase.range.upperBound - 1])
            note(phrase.field, tokens[first].range.lowerBound..<tokens[last].range.upperBound)
        }
        left.removeLast(left.count - tail.start)
        (result.due, result.repeats) = (due.time, due.repeats)
    }

    // MARK: Suggestions

    /// Notes dates and repeats among the words that are left.
    mutating func suggest() {
        guard result.due == nil else { return }
        var index = 0
        let words = left.map { tokens[$0].word.trimmingPunctuation }
        while index < words.count, result.suggestions.count < Self.maximumSuggestions {
            let found = longestMeaning(words[index...])
            if let (length, meaning) = found {
                let (first, last) = (left[index], left[index + length - 1])
                suggest(meaning, tokens[first].range.lowerBound..<tokens[last].range.upperBound)
            }
            index += found?.length ?? 1
        }
    }

    /// The meaning of the first words, as many as have one.
    private func longestMeaning(_ words: ArraySlice<String>) -> (length: Int, meaning: QuickAddMeaning)? {
        for length in (1...QuickAddTail.maximumLength).reversed() where length <= words.count {
            if let meaning = meaning(words.prefix(length)) { return (length, meaning) }
        }
        return nil
    }

    private func meaning(_ words: ArraySlice<String>) -> QuickAddMeaning? {
        if let found = dates.date(words) {
            return .due(found.time.map { context.time(found.date, $0) } ?? .day(found.date))
        }
        guard let rule = QuickAddRepeats.rule(words),
            let due = QuickAddTail(repeating: rule).due(on: nil, context), let time = due.time,
            let repeats = due.repeats
        else { return nil }
        return .repeats(repeats, due: time)
    }

    // MARK: Places

    private mutating func note(_ field: QuickAddField, _ range: Range<String.Index>) {
        result.spans.append(.init(field: field, range: utf16(range)))
    }

    private mutating func suggest(_ meaning: QuickAddMeaning, _ range: Range<String.Index>) {
        result.suggestions.append(.init(range: utf16(range), text: String(line[range]), meaning: meaning))
    }

    private func utf16(_ range: Range<String.Index>) -> Range<Int> {
        let start = line.utf16.distance(from: line.startIndex, to: range.lowerBound)
        return start..<(start + line.utf16.distance(from: range.lowerBound, to: range.upperBound))
    }
}

extension QuickAddContext {
    func time(_ date: CalendarDate, _ secondOfDay: Int) -> CalendarTime {
        .zoned(LocalDateTime(date, secondOfDay: secondOfDay), zone: zone)
    }
}

extension String {
    /// Without the marks that end a sentence or a clause.
    fileprivate var trimmingPunctuation: String {
        String(prefix(upTo: lastIndex { !".,!?;:".contains($0) }.map(index(after:)) ?? startIndex))
    }
}
