extension StringProtocol {
    /// Removes Unicode white space at both ends. Works on scalars: a combining mark after a space is text, and "\r
    /// ", one Character, is still two white space scalars.
    package func trimmingWhitespace() -> SubSequence {
        let scalars = unicodeScalars
        guard let start = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return self[startIndex..<startIndex] }
        return self[start..<scalars.index(after: last)]
    }
}
