/// The parts of a date or time in their order, as the Unicode Common Locale Data Repository writes them (Unicode Technical
/// Standard 35, part 4, section 8).
struct DatePattern: Sendable {
    enum Part: Sendable, Equatable {
        case text(String)
        case day(width: Int)
        case month(width: Int)
        case monthName, longMonthName, year, weekday
        case hour(width: Int)
        case hourOfTwelve(width: Int)
        case minute, period
    }

    private(set) var parts: [Part] = []

    /// - Parameter text: such as `d 'de' MMM y`; letters that are not known are left out.
    init(_ text: some StringProtocol) {
        var words = ""
        var isQuoted = false
        var rest = text[...]
        while let character = rest.first {
            let width = rest.prefix { $0 == character }.count
            if character == "'" {
                isQuoted.toggle()
                rest.removeFirst()
            } else if isQuoted || !(character.isASCII && character.isLetter) {
                words.append(character)
                rest.removeFirst()
            } else {
                if !words.isEmpty { parts.append(.text(words)) }
                words = ""
                if let part = Self.field(character, width) { parts.append(part) }
                rest.removeFirst(width)
            }
        }
        if !words.isEmpty { parts.append(.text(words)) }
    }

    private static func field(_ letter: Character, _ width: Int) -> Part? {
        switch (letter, width) {
        case ("d", _): .day(width: width)
        case ("M", 3), ("L", 3): .monthName
        case ("M", 4), ("L", 4): .longMonthName
        case ("M", _), ("L", _): .month(width: width)
        case ("y", _): .year
        case ("E", _), ("c", _): .weekday
        case ("H", _): .hour(width: width)
        case ("h", _): .hourOfTwelve(width: width)
        case ("m", _): .minute
        case ("a", _): .period
        default: nil
        }
    }
}
