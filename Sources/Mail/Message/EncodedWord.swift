import Basics

/// Text in a header field: as it is if it is plain ASCII, in lines that are broken before a space, else as encoded words
/// (RFC 2047, section 2) in UTF-8 and base64. Lines have at most 76 characters.
enum EncodedWord {
    private static let start = "=?UTF-8?B?"
    private static let end = "?="
    /// Bytes of text in a line that holds nothing else: 60 characters of base64.
    private static let fullLine = 45

    /// - Parameter used: the characters before it on its first line.
    static func encode(_ text: String, after used: Int) -> String {
        fold(text, after: used) ?? encodeWords(text, after: used)
    }

    /// Nil for what can't be written as it is: other characters, spaces that could get lost, and long words.
    private static func fold(_ text: String, after used: Int) -> String? {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), !text.contains("=?") else { return nil }
        var (lines, length) = ("", used)
        for (index, word) in text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            guard (1...60).contains(word.utf8.count) else { return nil }
            if index > 0, length + 1 + word.utf8.count > 76 {
                lines += "\r\n"
                length = 0
            }
            lines += (index > 0 ? " " : "") + word
            length += word.utf8.count + (index > 0 ? 1 : 0)
        }
        return lines
    }

    static func encodeWords(_ text: String, after used: Int) -> String {
        var words: [String] = []
        var bytes: [UInt8] = []
        for character in text.unicodeScalars {
            let next = Array(String(character).utf8)
            let room = words.isEmpty ? max(0, (76 - used - start.utf8.count - end.utf8.count) / 4 * 3) : fullLine
            if !bytes.isEmpty, bytes.count + next.count > room {
                words.append(start + Base64.encode(bytes) + end)
                bytes = []
            }
            bytes += next
        }
        words.append(start + Base64.encode(bytes) + end)
        // White space between two encoded words is not part of the text.
        return words.joined(separator: "\r\n ")
    }
}
