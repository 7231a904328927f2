extension JSONSchema {
    /// A description in words: `text, 1–200 characters`.
    var inWords: String {
        var words: String
        switch kind {
        case .string(let format, _, let lengths):
            words =
                switch format {
                case "email": "e-mail address"
                case "date-time": "time (RFC 3339)"
                case "uuid": "UUID"
                default: "text"
                }
            if let lengths, format != "uuid" {
                switch (lengths.lowerBound, lengths.upperBound) {
                case (0, let most): words += ", up to \(Self.grouped(most)) characters"
                case (let least, .max): words += ", at least \(least) characters"
                case (let least, let most): words += ", \(least)–\(Self.grouped(most)) characters"
                }
            }
        case .words(let all): words = all.map { "“\($0)”" }.joined(separator: " or ")
        case .integer(let range):
            words = "whole number" + (range.map { ", \($0.lowerBound)–\($0.upperBound)" } ?? "")
        case .boolean: words = "true or false"
        case .null: words = "null"
        case .array(let element): words = "list of " + (element.name ?? element.inWords)
        case .object, .anyObject: words = name ?? "object"
        case .either(let schemas): words = schemas.map { $0.name ?? $0.inWords }.joined(separator: " or ")
        }
        if isNullable { words += " or null" }
        if let standard { words += "; \(standard.compact) if left out" }
        return words
    }

    /// `10,000`
    private static func grouped(_ number: Int) -> String {
        number < 1000 ? String(number) : "\(number / 1000),\(String(number % 1000 + 1000).dropFirst())"
    }
}
