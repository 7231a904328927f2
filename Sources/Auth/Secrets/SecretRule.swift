import Basics

/// Recognizes guessable secrets: published ones, placeholders from examples, and repetitive ones. No rule finds every
/// weak secret; these are the widely known ones.
package enum SecretRule {
    package static let minimumLength = 32

    package enum Weakness: Sendable {
        /// The documented example of the programs that this one replaces. No installation may use it.
        case published
        case placeholder
        case repetition

        /// Completes a sentence that begins with the setting's name.
        package var clause: String {
            switch self {
            case .published: "is a secret from published documents or code, which is public knowledge."
            case .placeholder: "reads like the placeholder of an example, which is public knowledge."
            case .repetition: "repeats a few characters, so it can be guessed."
            }
        }
    }

    /// Better Auth's fallback, as its versions publish it, and the examples of documents. Compared by their letters and
    /// digits.
    private static let published: Set = [
        "betterauthsecret12345678901234567890", "betterauthsecret123456789", "betterauthsecret0123456789",
        "yoursecretkeymin32charschangeinproduction",
    ]

    /// Placeholders in examples. All are long enough not to occur in random text.
    private static let placeholders = [
        "atleast32", "betterauthsecret", "changebefore", "changein", "changeit", "changeme", "changethis",
        "defaultsecret", "developmentsecret", "devsecret", "donotuse", "enteryour", "example", "forproduction",
        "forthelove", "generatea", "generatey", "insecure", "insertyour", "keyboardcat", "letmein", "loremipsum",
        "mustbechanged", "mysecret", "mysuper", "notasecret", "notsecret", "opensslrand", "pasteyour", "placeholder",
        "pleasechange", "putyour", "qwertyui", "replaceme", "replacethis", "replacewith", "samplesecret", "secrethere",
        "secretkey", "secretsecret", "shhhhh", "somesecret", "supersecret", "thisisa", "thisismy", "topsecret",
        "verysecret", "yourbetterauth", "yourkey", "yourrandom", "yoursecret", "yourstrong", "yoursuper",
    ]

    /// - Returns: nil for a secret that matches none of the rules.
    package static func weakness(of secret: some Collection<UInt8>) -> Weakness? {
        let bytes = Array(secret)
        let letters = bytes.compactMap { byte in byte.isASCIIAlphanumeric ? byte.asciiLowercased : nil }
        let text = String(decoding: letters, as: UTF8.self)
        if published.contains(text) { return .published }
        if isRepetitive(bytes) { return .repetition }
        return placeholders.contains { letters.firstRange(of: Array($0.utf8)) != nil } ? .placeholder : nil
    }

    /// A repeated short text, very few different characters, or a sequence such as 0123456789.
    private static func isRepetitive(_ bytes: [UInt8]) -> Bool {
        if Set(bytes).count <= 6 { return true }
        for period in 1...12 where period * 2 <= bytes.count {
            if bytes.indices.dropFirst(period).allSatisfy({ bytes[$0] == bytes[$0 - period] }) { return true }
        }
        let steps = zip(bytes, bytes.dropFirst()).count { abs(Int($0) - Int($1)) <= 1 }
        return steps * 4 >= bytes.count * 3
    }
}
