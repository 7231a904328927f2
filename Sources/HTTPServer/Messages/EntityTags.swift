import Basics

/// The entity tags of a conditional request: `*`, or a list of quoted tags, each optionally marked as weak (RFC 9110,
/// sections 8.8.3 and 13.1.2). A tag may contain commas; an element that is not a tag matches nothing.
struct EntityTags: Sendable {
    private var isAny = false
    /// The tags with their quotes, without the weakness prefix.
    private var tags: [Substring.UTF8View] = []
    /// Those that are not weak.
    private var strongTags: [Substring.UTF8View] = []

    init(_ field: String) {
        var rest = field.utf8.trimmingBlanks()
        if rest.elementsEqual("*".utf8) {
            isAny = true
            return
        }
        while !rest.isEmpty {
            let element = rest.trimmingBlanks()
            if let tag = Self.tag(element) {
                let after = element[tag.endIndex...].drop(while: \.isBlank)
                if after.isEmpty || after.first == UInt8(ascii: ",") {
                    tags.append(tag)
                    if element.startIndex == tag.startIndex { strongTags.append(tag) }
                }
                rest = after
            } else {
                // The end of an unterminated tag is ambiguous, so everything after it is ignored.
                guard element.first != UInt8(ascii: "\""), !element.starts(with: "W/\"".utf8) else { return }
                rest = element
            }
            // Skips past the next comma; after a tag, that is the next byte.
            rest = rest.drop { $0 != UInt8(ascii: ",") }.dropFirst()
        }
    }

    func contain(_ etag: String, exists: Bool = true) -> Bool {
        isAny && exists || tags.contains { $0.elementsEqual(etag.utf8) }
    }

    /// The strong comparison: a weak tag equals none, not even itself.
    func containStrong(_ etag: String) -> Bool { isAny || strongTags.contains { $0.elementsEqual(etag.utf8) } }

    /// The tag that the text begins with.
    private static func tag(_ text: Substring.UTF8View) -> Substring.UTF8View? {
        let quote = UInt8(ascii: "\"")
        let start = text.starts(with: "W/".utf8) ? text.dropFirst(2) : text
        guard start.first == quote else { return nil }
        let content = start.dropFirst().prefix { $0 == 0x21 || ($0 >= 0x23 && $0 != 0x7F) }
        guard content.endIndex < text.endIndex, text[content.endIndex] == quote else { return nil }
        return text[start.startIndex...content.endIndex]
    }
}
