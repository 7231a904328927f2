/// The position within a URL in an attribute's value. A value at the start may be a whole URL; after anything else it
/// is one component, and after a script's scheme it is refused.
enum URLPosition: Equatable {
    /// Schemes whose remainder may be composed of values.
    private static let openSchemes: Set<String> = ["http", "https", "mailto", "tel"]

    /// Only white space so far.
    case start
    /// Literal text that may turn out to be a scheme, lower-cased.
    case beginning([UInt8])
    /// A character reference where a scheme could be: `&#106;avascript:`.
    case unclear
    /// A single slash.
    case root
    /// A value has been printed, and no `/`, `?` or `#` has ended the part that could be a scheme.
    case value
    /// Values and one literal slash: if all values are empty, another slash would begin a host.
    case valueSlash
    /// The scheme and host are literal text.
    case decided
    case script(String)

    mutating func valuePrinted() {
        switch self {
        case .start, .beginning, .value: self = .value
        case .root: self = .valueSlash
        case .valueSlash, .unclear, .decided, .script: break
        }
    }

    mutating func advance(_ byte: UInt8) -> HTMLContext.Effect? {
        switch (self, byte) {
        // Browsers drop white space before a URL, and tabs and line ends everywhere in it.
        case (.start, 0...ASCII.space), (_, ASCII.tab), (_, ASCII.lineFeed), (_, ASCII.carriageReturn): break
        case (.start, ASCII.slash), (.start, ASCII.backslash): self = .root
        case (.start, ASCII.question), (.start, ASCII.hash): self = .decided
        case (.beginning, ASCII.slash), (.beginning, ASCII.backslash), (.beginning, ASCII.question),
            (.beginning, ASCII.hash):
            self = .decided
        case (.start, ASCII.ampersand), (.beginning, ASCII.ampersand), (.root, ASCII.ampersand): self = .unclear
        case (.value, ASCII.ampersand), (.valueSlash, ASCII.ampersand):
            self = .decided
            return .problem("a character reference here could make the value before it a scheme or a host")
        case (.beginning(let letters), ASCII.colon):
            let scheme = String(decoding: letters, as: UTF8.self)
            self = Self.openSchemes.contains(scheme) ? .decided : .script(scheme)
        case (.start, _): self = .beginning([ASCII.lowercased(byte)])
        case (.beginning(let letters), _):
            // No scheme that executes code is this long.
            self = letters.count < 32 ? .beginning(letters + [ASCII.lowercased(byte)]) : .decided
        case (.root, _): self = .decided
        case (.value, ASCII.colon):
            self = .decided
            return .problem("a `:` here could make the value before it a scheme; write the scheme as text")
        case (.value, ASCII.slash), (.value, ASCII.backslash):
            self = .valueSlash
            return .slashAfterURLValue
        case (.valueSlash, ASCII.slash), (.valueSlash, ASCII.backslash):
            self = .decided
            return .slashAfterURLValue
        case (.valueSlash, _): self = .decided
        case (.value, ASCII.question), (.value, ASCII.hash): self = .decided
        case (.value, _), (.unclear, _), (.decided, _), (.script, _): break
        }
        return nil
    }
}
