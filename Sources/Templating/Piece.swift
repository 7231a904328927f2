/// A stretch of text or one tag.
struct Piece {
    enum Kind {
        case text(Range<Int>)
        case value([Word])
        case tag([Word])
    }

    let kind: Kind
    let offset: Int
    /// True if the lexer has already reported it; only its first words are reliable.
    var isBroken = false
}

/// A word inside a tag.
struct Word {
    enum Kind {
        case path([PathPart])
        case string(String)
        case equals
    }

    let kind: Kind
    let offset: Int

    /// The word itself if it is a single name: `if`, `title`.
    var name: String? {
        if case .path(let parts) = kind, parts.count == 1 { parts[0].name } else { nil }
    }
}
