/// The reason why nothing can be imported at all, in a sentence.
struct ImportFailure: Error, CustomStringConvertible, Equatable {
    let description: String
    init(_ description: String) { self.description = description }
}

extension String {
    /// A value from a file, safe to show on a terminal: quoted, truncated, and without control characters.
    var quotedForDisplay: String {
        let shown = unicodeScalars.prefix(60).map { scalar in
            let isPlain = ![.control, .format, .lineSeparator, .paragraphSeparator].contains(
                scalar.properties.generalCategory)
            return isPlain ? Character(scalar) : "?"
        }
        return "'" + String(shown) + (unicodeScalars.count > 60 ? "…'" : "'")
    }
}
