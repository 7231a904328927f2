/// The position of a byte in the structure of an HTML document. Follows the tokenizer of the HTML standard (section
/// 13.2.5) over the literal text of a page; markup that browsers would repair is refused, so that both always agree.
struct HTMLContext: Equatable {
    enum State: Equatable {
        case text
        case tagOpen
        case endTagOpen
        case tagName
        case beforeAttribute
        case attributeName
        case afterAttributeName
        case beforeValue
        case doubleQuoted
        case singleQuoted
        case unquoted
        /// After a quoted value, or after a branch that may have ended in a name: only a space, `/` or `>` can follow.
        case delimiterNeeded
        /// After a `/` that is not part of a value.
        case tagSlash
        case declarationOpen
        case comment(CommentPhase)
        /// A doctype, or markup that browsers treat as a comment up to the next `>`.
        case bogusComment
        case rawText
        /// `<title>` and `<textarea>`: no tags inside, but character references.
        case escapableText
        case plainText
    }

    enum CommentPhase: Equatable {
        case start, startDash, body, dash, dashDash, bang
    }

    /// An event that the caller has to act on.
    enum Effect: Equatable {
        case problem(String)
        /// A `/` follows a URL value, which must not have been a lone `/`: together they would name another host.
        case slashAfterURLValue
    }

    private(set) var state = State.text
    /// The name of the tag in lower case; inside raw text, that of the element.
    private(set) var element: [UInt8] = []
    private(set) var isEndTag = false
    private(set) var attribute: [UInt8] = []
    private(set) var url = URLPosition.start
    private var isURL = false
    /// Text that could turn out to be an end tag or the beginning of a comment.
    private var pending: [UInt8] = []

    var isText: Bool { state == .text }
    /// True inside raw or escapable text, in the middle of something like `</tit`.
    var isInPossibleEndTag: Bool { !pending.isEmpty }

    mutating func advance(_ byte: UInt8) -> Effect? {
        switch state {
        case .text:
            if byte == ASCII.less { state = .tagOpen }
        case .tagOpen: openTag(byte)
        case .endTagOpen:
            if ASCII.isLetter(byte) {
                startTag(byte, isEnd: true)
            } else {
                state = byte == ASCII.greater ? .text : .bogusComment
            }
        case .tagName: return inName(byte, isAttribute: false)
        case .attributeName: return inName(byte, isAttribute: true)
        case .beforeAttribute, .afterAttributeName, .tagSlash, .delimiterNeeded: return betweenAttributes(byte)
        case .beforeValue: return beforeValue(byte)
        case .doubleQuoted: return inQuotes(byte, end: ASCII.quote)
        case .singleQuoted: return inQuotes(byte, end: ASCII.apostrophe)
        case .unquoted:
            if ASCII.isWhitespace(byte) {
                endAttribute(.beforeAttribute)
            } else if byte == ASCII.greater {
                return closeTag()
            }
        case .declarationOpen: return openDeclaration(byte)
        case .comment(let phase): advanceComment(phase, byte)
        case .bogusComment:
            if byte == ASCII.greater { state = .text }
        case .rawText, .escapableText: return inRawText(byte)
        case .plainText: break
        }
        return nil
    }

    /// Records that a value has been printed here.
    mutating func valuePrinted() {
        if isURL { url.valuePrinted() }
    }

    /// The context after an `if`, `for`, `else` or `end`: a name cannot continue across one.
    var settled: HTMLContext {
        var settled = self
        switch state {
        case .tagName, .attributeName: settled.endAttribute(.delimiterNeeded)
        case .afterAttributeName, .tagSlash: settled.endAttribute(.beforeAttribute)
        default: break
        }
        return settled
    }

    /// The context that covers either of two settled ones; nil if they differ.
    func joined(with other: HTMLContext) -> HTMLContext? {
        if self == other { return self }
        // If one branch ends in a name and the other in a space, a space is right for both.
        let pair = [state, other.state]
        guard pair.contains(.delimiterNeeded), pair.contains(.beforeAttribute) else { return nil }
        let strict = state == .delimiterNeeded ? self : other
        var loose = state == .delimiterNeeded ? other : self
        loose.state = .delimiterNeeded
        return loose == strict ? strict : nil
    }

    // MARK: Tags

    private mutating func openTag(_ byte: UInt8) {
        switch byte {
        case ASCII.slash: state = .endTagOpen
        case ASCII.bang: state = .declarationOpen
        case ASCII.question: state = .bogusComment
        case ASCII.less: break
        case _ where ASCII.isLetter(byte): startTag(byte, isEnd: false)
        default: state = .text
        }
    }

    private mutating func startTag(_ byte: UInt8, isEnd: Bool) {
        state = .tagName
        isEndTag = isEnd
        element = [ASCII.lowercased(byte)]
    }

    private mutating func inName(_ byte: UInt8, isAttribute: Bool) -> Effect? {
        switch byte {
        case _ where ASCII.isWhitespace(byte): state = isAttribute ? .afterAttributeName : .beforeAttribute
        case ASCII.slash: endAttribute(.tagSlash)
        case ASCII.greater: return closeTag()
        case ASCII.equals where isAttribute: state = .beforeValue
        default:
            if isAttribute { attribute.append(ASCII.lowercased(byte)) } else { element.append(ASCII.lowercased(byte)) }
            return Self.oddInName(byte)
        }
        return nil
    }

    private mutating func betweenAttributes(_ byte: UInt8) -> Effect? {
        switch byte {
        case _ where ASCII.isWhitespace(byte):
            if state != .afterAttributeName { state = .beforeAttribute }
        case ASCII.slash: endAttribute(.tagSlash)
        case ASCII.greater: return closeTag()
        case ASCII.equals where state == .afterAttributeName: state = .beforeValue
        default:
            let lacksSpace = state == .delimiterNeeded
            state = .attributeName
            attribute = [ASCII.lowercased(byte)]
            if lacksSpace {
                return .problem("a space, `/` or `>` must follow here; a name cannot be put together from parts")
            }
            return Self.oddInName(byte)
        }
        return nil
    }

    private static func oddInName(_ byte: UInt8) -> Effect? {
        switch byte {
        case ASCII.less: .problem("a `<` inside a tag; is a `>` missing before it?")
        case ASCII.quote, ASCII.apostrophe, ASCII.equals:
            .problem("`\(Character(Unicode.Scalar(byte)))` cannot be part of a name")
        default: nil
        }
    }

    private mutating func beforeValue(_ byte: UInt8) -> Effect? {
        switch byte {
        case _ where ASCII.isWhitespace(byte): break
        case ASCII.quote, ASCII.apostrophe:
            state = byte == ASCII.quote ? .doubleQuoted : .singleQuoted
            isURL = AttributeRule.rule(element: element, attribute: attribute) == .url
        case ASCII.greater:
            _ = closeTag()
            return .problem("an attribute's value is missing after `=`")
        default: state = .unquoted
        }
        return nil
    }

    private mutating func inQuotes(_ byte: UInt8, end: UInt8) -> Effect? {
        if byte == end {
            endAttribute(.delimiterNeeded)
            return nil
        }
        return isURL ? url.advance(byte) : nil
    }

    private mutating func endAttribute(_ next: State) {
        state = next
        attribute = []
        isURL = false
        url = .start
    }

    private mutating func closeTag() -> Effect? {
        let isSelfClosing = state == .tagSlash
        let name = String(decoding: element, as: UTF8.self)
        endAttribute(.text)
        if !isEndTag {
            switch name {
            case "title", "textarea": state = .escapableText
            case "script", "style", "xmp", "iframe", "noembed", "noframes", "noscript": state = .rawText
            case "plaintext": state = .plainText
            default: break
            }
        }
        isEndTag = false
        if state == .text { element = [] }
        guard state != .text, isSelfClosing else { return nil }
        return .problem("`<\(name)>` is not closed by a slash; write `</\(name)>`")
    }

    // MARK: Declarations, comments and raw text

    private mutating func openDeclaration(_ byte: UInt8) -> Effect? {
        pending.append(ASCII.lowercased(byte))
        switch String(decoding: pending, as: UTF8.self) {
        case "--": state = .comment(.start)
        case "[cdata[":
            state = .bogusComment
            pending = []
            return .problem("`<![CDATA[` means different things in HTML and SVG; write the text without it")
        case let begun where "--".hasPrefix(begun) || "[cdata[".hasPrefix(begun): return nil
        default: state = byte == ASCII.greater ? .text : .bogusComment
        }
        pending = []
        return nil
    }

    private mutating func advanceComment(_ phase: CommentPhase, _ byte: UInt8) {
        switch (phase, byte) {
        case (.start, ASCII.greater), (.startDash, ASCII.greater), (.dashDash, ASCII.greater), (.bang, ASCII.greater):
            state = .text
        case (.start, ASCII.dash): state = .comment(.startDash)
        case (.body, ASCII.dash), (.bang, ASCII.dash): state = .comment(.dash)
        case (.startDash, ASCII.dash), (.dash, ASCII.dash), (.dashDash, ASCII.dash): state = .comment(.dashDash)
        case (.dashDash, ASCII.bang): state = .comment(.bang)
        default: state = .comment(.body)
        }
    }

    private mutating func inRawText(_ byte: UInt8) -> Effect? {
        if pending.isEmpty, byte != ASCII.less { return nil }
        let endTag = [ASCII.less, ASCII.slash] + element
        if pending == endTag, ASCII.isWhitespace(byte) || byte == ASCII.slash || byte == ASCII.greater {
            pending = []
            isEndTag = true
            state = .tagName
            return inName(byte, isAttribute: false)
        }
        let candidate = pending + [ASCII.lowercased(byte)]
        let isScript = element.elementsEqual("script".utf8)
        if isScript, candidate.elementsEqual("<!--".utf8) {
            pending = []
            return .problem("`<!--` inside `<script>` changes where the script ends; write it without")
        }
        if state == .escapableText, pending == [ASCII.less], ASCII.isLetter(byte) || byte == ASCII.bang {
            // Inside SVG, where `<title>` is an ordinary element, browsers would see a tag.
            pending = []
            return .problem("a `<` in `<\(String(decoding: element, as: UTF8.self))>` is written `&lt;`")
        }
        if endTag.starts(with: candidate) || isScript && "<!--".utf8.starts(with: candidate) {
            pending = candidate
        } else {
            pending = byte == ASCII.less ? [byte] : []
        }
        return nil
    }
}
