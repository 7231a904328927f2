import Basics

/// A setting: its name, and how its text is read. `Value` is optional for a setting without a default of its own.
struct Setting<Value: Sendable>: Sendable {
    let info: SettingInfo
    /// The value where none is given.
    let standard: Value
    /// Nil for text that is not valid.
    let parse: @Sendable (String) -> Value?

    var name: String { info.name }

    /// - Parameter shown: the default, as the table of settings shows it.
    init(
        _ name: String, _ type: String, default standard: Value, shown: String, isSecret: Bool = false, _ help: String,
        parse: @escaping @Sendable (String) -> Value?
    ) {
        info = SettingInfo(name: name, type: type, standard: shown, isSecret: isSecret, help: help)
        self.standard = standard
        self.parse = parse
    }

    /// A setting without a default.
    init<Wrapped>(
        _ name: String, _ type: String, shown: String = "none", isSecret: Bool = false, _ help: String,
        parse: @escaping @Sendable (String) -> Wrapped?
    ) where Value == Wrapped? {
        info = SettingInfo(name: name, type: type, standard: shown, isSecret: isSecret, help: help)
        standard = nil
        // Not `parse` itself: invalid text would become a valid nil.
        self.parse = { text in parse(text).map { .some($0) } }
    }
}

// MARK: The usual kinds

extension Setting<Int> {
    /// - Parameter type: the format of a value if the range alone does not say it.
    init(_ name: String, in range: ClosedRange<Int>, type: String? = nil, default standard: Int, _ help: String) {
        self.init(name, type ?? range.shown, default: standard, shown: String(standard), help) { range.number($0) }
    }
}

extension Setting<Int?> {
    init(_ name: String, in range: ClosedRange<Int>, shown: String = "none", _ help: String) {
        self.init(name, range.shown, shown: shown, help) { range.number($0) }
    }
}

extension Setting<Bool> {
    /// A switch, in any of the usual words.
    init(_ name: String, default standard: Bool, _ help: String) {
        self.init(name, "on or off", default: standard, shown: standard ? "on" : "off", help) { text in
            switch text.lowercased() {
            case "on", "yes", "true", "1": true
            case "off", "no", "false", "0": false
            default: nil
            }
        }
    }

    /// One of two words; the first is false, and the default.
    init(_ name: String, _ off: String, or on: String, _ help: String) {
        self.init(name, "\(off) or \(on)", default: false, shown: off, help) { text in
            text == on ? true : text == off ? false : nil
        }
    }
}

extension Setting<String> {
    init(_ name: String, _ type: String, default standard: String, _ help: String) {
        self.init(name, type, default: standard, shown: standard, help, parse: { $0 })
    }
}

extension Setting<String?> {
    init(_ name: String, _ type: String, shown: String = "none", isSecret: Bool = false, _ help: String) {
        self.init(name, type, shown: shown, isSecret: isSecret, help, parse: { $0 })
    }
}

extension Setting {
    /// A list whose entries are separated by commas. One invalid entry makes it invalid.
    init<Entry>(
        _ name: String, listOf type: String, isSecret: Bool = false, _ help: String,
        entry: @escaping @Sendable (String) -> Entry?
    ) where Value == [Entry] {
        self.init(
            name, "\(type), separated by commas", default: [], shown: "none", isSecret: isSecret, help
        ) { text in
            let parts = text.split(separator: ",").map { String($0.trimmingWhitespace()) }.filter { !$0.isEmpty }
            let entries = parts.compactMap(entry)
            return entries.count == parts.count ? entries : nil
        }
    }
}

extension ClosedRange<Int> {
    fileprivate var shown: String { "\(lowerBound)–\(upperBound)" }

    fileprivate func number(_ text: String) -> Int? { Int(digits: text).flatMap { contains($0) ? $0 : nil } }
}
