/// The kind of value that may be printed in an attribute.
enum AttributeRule: Equatable {
    case plain
    case url
    case refused(String)

    private static let urls: Set<String> = [
        "href", "src", "action", "formaction", "poster", "cite", "data", "ping", "manifest", "background", "longdesc",
        "usemap", "icon", "xlink:href", "codebase", "classid", "archive", "profile",
    ]
    private static let animations: Set<String> = [
        "animate", "set", "animatetransform", "animatemotion", "animatecolor",
    ]

    /// Looks up the rule; both names in lower case.
    static func rule(element: [UInt8], attribute: [UInt8]) -> AttributeRule {
        let element = String(decoding: element, as: UTF8.self)
        let attribute = String(decoding: attribute, as: UTF8.self)
        if attribute.utf8.starts(with: "on".utf8) {
            return .refused("`\(attribute)` is a script; listen for the event in a script file")
        }
        switch (element, attribute) {
        case (_, "style"): return .refused("`style` is a style sheet; choose between classes instead")
        case (_, "srcdoc"): return .refused("`srcdoc` is a document of its own")
        case (_, "srcset"), (_, "imagesrcset"): return .refused("`\(attribute)` is a list of addresses; use `src`")
        case ("base", "href"): return .refused("`<base href>` would move every address of the page")
        case ("meta", "content"), ("meta", "http-equiv"):
            return .refused("`<meta \(attribute)>` can send the browser elsewhere; use a data attribute")
        case (_, "to"), (_, "from"), (_, "by"), (_, "values"), (_, "attributename"):
            if animations.contains(element) {
                return .refused("an animation can set any attribute, also one that runs a script")
            }
        default: break
        }
        let isURL = urls.contains(attribute) || ["href", "src", "url", "uri"].contains { attribute.hasSuffix($0) }
        return isURL ? .url : .plain
    }
}
