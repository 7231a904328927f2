import Basics

/// Words as they are compared in a search: without case and accents.
package enum SearchWords {
    /// Bytes of a word that count; longer words are cut.
    private static let maximumLength = 64
    /// The words of a text that count.
    private static let maximumCount = 2000

    /// Letters that have no accent in Unicode's tables, but that people leave out or write as two.
    private static let letters: [Unicode.Scalar: String] = [
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th", "ħ": "h",
    ]

    /// The distinct words of texts, in the order of their appearance. Chinese characters, Japanese
    /// syllables and symbols are words of their own.
    package static func words(of texts: [String]) -> [String] {
        var (words, known) = ([String](), Set<String>())
        for text in texts {
            let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
            for word in isASCII ? self.asciiWords(of: text) : self.words(of: text) where known.insert(word).inserted {
                words.append(word)
                if words.count == maximumCount { return words }
            }
        }
        return words
    }

    /// The same as `words(of:)` for a text without accents.
    private static func asciiWords(of text: String) -> [String] {
        var (words, word) = ([String](), [UInt8]())
        for byte in text.utf8 {
            if byte.isASCIIAlphanumeric {
                if word.count < maximumLength { word.append(byte.asciiLowercased) }
            } else if byte != UInt8(ascii: "'"), !word.isEmpty {
                words.append(String(decoding: word, as: UTF8.self))
                word.removeAll(keepingCapacity: true)
            }
        }
        if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }

    private static func words(of text: String) -> [String] {
        var (words, word) = ([String](), "")
        func finish() {
            if !word.isEmpty { words.append(cut(word)) }
            word = ""
        }
        for scalar in NormalizationForm.decomposed(text.lowercased()) {
            if let letters = letters[scalar] {
                word += letters
            } else if isMark(scalar) {
                continue
            } else if isWordOfItsOwn(scalar) {
                finish()
                words.append(String(scalar))
            } else if isPartOfAWord(scalar) {
                word.unicodeScalars.append(contentsOf: String(scalar).lowercased().unicodeScalars)
            } else {
                finish()
            }
        }
        finish()
        return words
    }

    /// The beginning, by whole scalars.
    private static func cut(_ word: String) -> String {
        guard word.utf8.count > maximumLength else { return word }
        var (result, size) = (String.UnicodeScalarView(), 0)
        for scalar in word.unicodeScalars {
            size += UTF8.width(scalar)
            guard size <= maximumLength else { break }
            result.append(scalar)
        }
        return String(result)
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: true
        default: scalar == "'" || scalar == "’"
        }
    }

    private static func isPartOfAWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (scalar.properties.isAlphabetic || scalar.properties.numericType != nil) }
        return switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .spacingMark:
            true
        // Emoji and other signs are looked for as well.
        case .otherSymbol: true
        default: false
        }
    }

    /// Chinese characters, Japanese syllables but for the punctuation among them, and symbols such as emoji.
    private static func isWordOfItsOwn(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isIdeographic || scalar.properties.generalCategory == .otherSymbol
            || (0x3041...0x30FF).contains(scalar.value) && isPartOfAWord(scalar)
    }
}
