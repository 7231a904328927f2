import Basics
import Calendar

/// What is typed into the search field: words, and filters among them.
///
///     milk #errand list:"Home Improvements" due:today is:open has:description priority:high
///
/// A text in quotes is words only, and so is a filter that is not known.
package struct SearchQuery: Sendable, Equatable {
    package enum Due: Sendable, Equatable {
        case today, tomorrow, week, overdue, none, any
        case day(CalendarDate)
    }

    /// Folded.
    package var words: [String] = []
    /// The keys of tags.
    package var tags: [String] = []
    /// The name of a list.
    package var list: String?
    package var due: Due?
    package var isCompleted: Bool?
    package var hasDescription: Bool?
    package var hasTags: Bool?
    package var hasDue: Bool?
    package var priority: TaskPriority?

    package static let maximumLength = 500

    package init(_ text: String) {
        var plain: [String] = []
        let tokens = Self.tokens(of: text)
        for token in tokens where !read(token) { plain.append(token.text) }
        words = SearchWords.words(of: plain)
        let isBlank = text.allSatisfy(\.isWhitespace)
        isMeaningless = words.isEmpty && !isBlank && plain.count == tokens.count
    }

    /// True if there is something, and neither a word nor a filter.
    private var isMeaningless = false

    private struct Token {
        var text = ""
        var isQuoted = false
    }

    /// Runs without white space, in which quotes keep what is between them together.
    private static func tokens(of text: String) -> [Token] {
        var (tokens, token, isInQuotes) = ([Token](), Token(), false)
        for character in text {
            if character == "\"" {
                isInQuotes.toggle()
                if token.text.isEmpty { token.isQuoted = true }
            } else if character.isWhitespace, !isInQuotes {
                tokens.append(token)
                token = Token()
            } else {
                token.text.append(character)
            }
        }
        return (tokens + [token]).filter { !$0.text.isEmpty }
    }

    private mutating func add(_ tag: ItemName) {
        if !tags.contains(tag.key) { tags.append(tag.key) }
    }

    /// Reads a filter; false for any other text.
    private mutating func read(_ token: Token) -> Bool {
        guard !token.isQuoted else { return false }
        if token.text.hasPrefix("#") {
            guard let tag = try? ItemName(String(token.text.dropFirst())) else { return false }
            add(tag)
            return true
        }
        let parts = token.text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return false }
        let value = String(parts[1])
        switch (parts[0].lowercased(), value.lowercased()) {
        case ("list", _): list = value
        case ("tag", _):
            guard let tag = try? ItemName(value) else { return false }
            add(tag)
        case ("is", "done"), ("is", "completed"): isCompleted = true
        case ("is", "open"): isCompleted = false
        case ("is", "overdue"): due = .overdue
        case ("has", "description"): hasDescription = true
        case ("has", "tags"), ("has", "tag"): hasTags = true
        case ("has", "due"): hasDue = true
        case ("priority", let name):
            guard let known = TaskPriority(rawValue: name) else { return false }
            priority = known
        case ("due", let name):
            guard let known = Self.due(name) else { return false }
            due = known
        default: return false
        }
        return true
    }

    private static func due(_ name: String) -> Due? {
        switch name {
        case "today": .today
        case "tomorrow": .tomorrow
        case "week": .week
        case "overdue": .overdue
        case "none": Due.none
        case "any": .any
        default: CalendarDate(name).map(Due.day)
        }
    }

    /// Narrows a filter down.
    /// - Parameters:
    ///   - now: the time on the reader's clock.
    ///   - zone: the name of the reader's zone.
    ///   - lists: the account's lists.
    package func narrow(_ filter: inout TaskFilter, at now: LocalDateTime, in zone: String?, lists: [TaskList]) {
        filter.words += words
        for tag in tags where !filter.tags.contains(tag) { filter.tags.append(tag) }
        if filter.tags.count > Tag.maximumPerTask { filter.isEmpty = true }
        filter.narrow(\.isCompleted, to: isCompleted)
        filter.narrow(\.hasDescription, to: hasDescription)
        filter.narrow(\.hasTags, to: hasTags)
        filter.narrow(\.hasDue, to: hasDue)
        filter.narrow(\.priority, to: priority)
        // What has neither words nor filters, such as `*`, is in no task.
        if isMeaningless { filter.isEmpty = true }
        if let list {
            let key = (try? ItemName(list))?.key
            let known = lists.first { $0.name.key == key }
            filter.narrow(\.listID, to: known?.id)
            if known == nil { filter.isEmpty = true }
        }
        func days(_ first: CalendarDate, _ count: Int) {
            filter.narrow(to: TimeRange(from: first, until: first.adding(days: count), zone: zone))
        }
        switch due {
        case nil: break
        case .today?: days(now.date, 1)
        case .tomorrow?: days(now.date.adding(days: 1), 1)
        case .week?: days(now.date, 7)
        case .day(let day)?: days(day, 1)
        case .overdue?:
            filter.narrow(to: TimeRange(until: now, zone: zone))
            filter.isCompleted = filter.isCompleted ?? false
        case Due.none?: filter.narrow(\.hasDue, to: false)
        case .any?: filter.narrow(\.hasDue, to: true)
        }
    }
}
