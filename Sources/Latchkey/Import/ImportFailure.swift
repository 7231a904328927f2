/// Why nothing can be imported at all, in a sentence.
struct ImportFailure: Error, CustomStringConvertible, Equatable {
    let description: String
    init(_ description: String) { self.description = description }
}

extension String {
    /// A value from a file, as it may be shown on a terminal: quoted, cut, and without control characters.
    var quotedForDisplay: String {
        let shown = unicodeScalars.prefix(60).map { scalar in
            let isPlain = ![.control, .format, .lineSeparator, .paragraphSeparator].contains(
                scalar.properties.generalCategory)
            return isPlain ? Character(scalar) : "?"
        }
        return "'" + String(shown) + (unicodeScalars.count > 60 ? "…'" : "'")
    }
}
