/// The treatment of a value at some point of a page.
enum ValuePlace: Equatable {
    case text
    case escapableText
    case attribute
    case wholeURL
    case urlComponent
    /// Refused, with a sentence that gives the reason.
    case refused(String)

    var escaping: Escaping {
        switch self {
        case .text, .escapableText, .refused: .text
        case .attribute: .attribute
        case .wholeURL: .wholeURL
        case .urlComponent: .urlComponent
        }
    }
}

extension HTMLContext {
    /// The treatment of a value printed here.
    var valuePlace: ValuePlace {
        let name = String(decoding: element, as: UTF8.self)
        return switch state {
        case .text: .text
        case .escapableText where !isInPossibleEndTag: .escapableText
        case .doubleQuoted, .singleQuoted: attributePlace
        case .escapableText: .refused("a value cannot follow what looks like an end tag in `<\(name)>`")
        case .tagOpen, .endTagOpen, .tagName: .refused("a value cannot be the name of a tag")
        case .beforeAttribute, .attributeName, .afterAttributeName, .delimiterNeeded, .tagSlash:
            .refused("a value cannot be the name of an attribute; write the name and put an `if` around it")
        case .beforeValue, .unquoted: .refused("a value in an attribute needs quotes around it")
        case .declarationOpen, .bogusComment: .refused("a value cannot stand in `<!…>` or `<?…>`")
        case .comment: .refused("a value cannot stand in a comment, where anybody could read it; use `{# … #}`")
        case .rawText where name == "script":
            .refused("a value cannot stand in `<script>`; give it to the script in a `data-` attribute")
        case .rawText where name == "style": .refused("a value cannot stand in `<style>`; choose between classes")
        case .rawText: .refused("a value cannot stand in `<\(name)>`, where it could not be escaped")
        case .plainText: .refused("a value cannot stand in `<plaintext>`")
        }
    }

    private var attributePlace: ValuePlace {
        switch AttributeRule.rule(element: element, attribute: attribute) {
        case .plain: return .attribute
        case .refused(let reason): return .refused(reason)
        case .url: break
        }
        switch url {
        case .start: return .wholeURL
        case .beginning, .root, .value, .valueSlash, .decided: return .urlComponent
        case .unclear:
            return .refused("write the beginning of this address without `&`, so that its scheme can be read")
        case .script(let scheme): return .refused("a value cannot be part of a `\(scheme):` address")
        }
    }

    /// A clause for a sentence: "the page ends …".
    var description: String {
        let name = String(decoding: element, as: UTF8.self)
        let value = String(decoding: attribute, as: UTF8.self)
        return switch state {
        case .text: "in text"
        case .tagOpen, .endTagOpen: "after a `<`"
        case .tagName, .beforeAttribute, .afterAttributeName, .delimiterNeeded, .tagSlash, .attributeName:
            "inside the tag `<\(isEndTag ? "/" : "")\(name)>`"
        case .beforeValue: "before the value of `\(value)`"
        case .doubleQuoted, .singleQuoted, .unquoted: "\(urlDetail)inside the value of `\(value)`"
        case .declarationOpen, .bogusComment: "inside `<!…>` or `<?…>`"
        case .comment: "inside a comment"
        case .rawText, .escapableText, .plainText: "inside `<\(name)>`"
        }
    }

    private var urlDetail: String {
        guard AttributeRule.rule(element: element, attribute: attribute) == .url else { return "" }
        return url == .start ? "at the start of an address " : "after the start of an address "
    }
}
