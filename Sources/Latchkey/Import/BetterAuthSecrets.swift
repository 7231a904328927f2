import Basics
import Crypto
import FoundationEssentials

/// The secrets that a Better Auth installation may have encrypted with, and what they open.
struct BetterAuthSecrets: Sendable {
    private let keys: [[UInt8]]

    init(_ secrets: [[UInt8]]) throws { keys = try secrets.map { try SHA256.hash($0) } }

    /// The secrets in a file, one on each line. One of several may be numbered, as in `BETTER_AUTH_SECRETS`.
    static func secrets(inFile path: String) throws -> [[UInt8]] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ImportFailure("\(path) cannot be read.")
        }
        let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { $0.trimmingWhitespace() }.filter { !$0.isEmpty }
        guard !lines.isEmpty else { throw ImportFailure("\(path) holds no secret.") }
        return lines.flatMap { line in
            let number = line.utf8.prefix { $0.isDigit }
            let rest = line.utf8.dropFirst(number.count)
            let isNumbered = !number.isEmpty && rest.first == UInt8(ascii: ":")
            return [Array(line.utf8)] + (isNumbered ? [Array(rest.dropFirst())] : [])
        }
    }

    /// A text that was encrypted with one of the secrets, `<hex>` or `$ba$<number>$<hex>`: nonce, text and tag, under the
    /// SHA-256 of the secret. The number is not looked at: the tag tells which secret it was.
    /// - Returns: nil if none of them opens it.
    func open(_ text: String) throws -> String? {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        let isNumbered = parts.count == 4 && parts[0].isEmpty && parts[1] == "ba"
        let digits = Array((isNumbered ? parts[3] : text[...]).utf8)
        guard digits.count.isMultiple(of: 2), digits.allSatisfy(\.isHexadecimal) else { return nil }
        let sealed = Hexadecimal.decode(trusted: digits)
        for key in keys {
            if let opened = try XChaCha20Poly1305.open(sealed, key: key) {
                return String(validating: opened, as: UTF8.self)
            }
        }
        return nil
    }
}
