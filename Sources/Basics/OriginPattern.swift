/// An entry of the settings that name trusted origins: one origin, or a pattern in Better Auth's syntax. A pattern is
/// parsed like an origin, and each part matches only its own part: no text that an origin could contain moves a
/// wildcard from the host into another part.
///
/// `*` and `**` match any characters, `?` matches one. Without a scheme, both http and https match; an app's own scheme
/// (`myapp://`, `exp://192.168.*.*:*/**`) has to be named.
package struct OriginPattern: Sendable, Equatable {
    package struct ParseError: Error, CustomStringConvertible {
        package let description: String
    }

    private enum Port: Equatable {
        /// The default port of the scheme.
        case standard
        case matching([UInt8])
    }

    private let schemes: [String]
    private let isApp: Bool
    /// Empty only for an app's scheme: any host and any port.
    private let host: [UInt8]
    private let matchesAddressesOnly: Bool
    private let port: Port
    /// The prefix of the path; only for an app's scheme.
    private let path: String
    /// True if third parties can have a host that matches, as with `*.vercel.app`.
    package let isOpenToThirdParties: Bool

    package func matches(_ url: WebURL) -> Bool { matches(url.origin, rest: url.rest) }

    package func matches(_ origin: WebOrigin) -> Bool { matches(origin, rest: path == "/" ? "/" : "") }

    private func matches(_ origin: WebOrigin, rest: String) -> Bool {
        guard schemes.contains(origin.scheme), isApp != origin.isWeb else { return false }
        if isApp {
            guard rest.utf8.starts(with: path.utf8) else { return false }
            if host.isEmpty { return true }
        }
        guard !matchesAddressesOnly || WebOrigin.isIPv4(origin.host), Self.glob(host, Array(origin.host.utf8)) else {
            return false
        }
        return switch port {
        case .standard: origin.port == nil
        case .matching(let pattern): Self.glob(pattern, Array(String(origin.effectivePort).utf8))
        }
    }

    // MARK: Reading

    /// - Throws: `ParseError` for a pattern that could match nothing or would match everything.
    package init(_ text: String) throws(ParseError) {
        let bytes = Array(text.utf8)
        let separator = bytes.firstRange(of: Array("://".utf8))
        let hasWildcard = bytes.contains(where: Self.isWildcard)
        var authority = bytes[...]
        if let separator {
            authority = bytes[separator.upperBound...]
            schemes = Self.schemes(bytes[..<separator.lowerBound])
            guard !schemes.isEmpty else {
                throw ParseError(description: "'\(text)' begins with a scheme that cannot be trusted.")
            }
        } else {
            guard hasWildcard else {
                throw ParseError(
                    description:
                        "'\(text)' names no scheme, so it matches nothing. Write https://\(text) or http://\(text)."
                )
            }
            schemes = ["http", "https"]
        }
        isApp = !schemes.allSatisfy { $0 == "http" || $0 == "https" }
        let end = authority.firstIndex(of: UInt8(ascii: "/")) ?? authority.endIndex
        let rest = authority[end...]
        authority = authority[..<end]
        if isApp {
            path = String(decoding: rest.prefix { !Self.isWildcard($0) }, as: UTF8.self)
            (host, port) = try Self.parts(authority, of: text, isApp: true)
            (matchesAddressesOnly, isOpenToThirdParties) = (Self.isOfAddresses(host), false)
            return
        }
        path = ""
        guard rest.isEmpty || rest.elementsEqual("/".utf8) else {
            throw ParseError(
                description: "'\(text)' has a path, and origins have none, so it matches nothing. Leave the path out.")
        }
        (host, port) = try Self.parts(authority, of: text, isApp: false)
        guard host.contains(where: Self.isWildcard) else {
            (matchesAddressesOnly, isOpenToThirdParties) = (false, false)
            return
        }
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        matchesAddressesOnly = Self.isOfDigits(labels)
        let isBounded =
            matchesAddressesOnly
            ? labels[0].allSatisfy(\.isDigit) : Self.isBounded(labels)
        guard isBounded else {
            throw ParseError(
                description:
                    "'\(text)' trusts sites that anyone can register. Name the domain whose hosts you mean: https://*.example.com."
            )
        }
        isOpenToThirdParties =
            labels[0].allSatisfy(Self.isWildcard)
            && Domains.shared.contains(
                String(decoding: host.drop { $0 != UInt8(ascii: ".") }.dropFirst(), as: UTF8.self))
    }

    /// The schemes that an entry matches: http and https as far as it covers them, or the one that it names.
    private static func schemes(_ bytes: ArraySlice<UInt8>) -> [String] {
        if let scheme = WebURL.scheme(bytes) { return [scheme] }
        return ["http", "https"].filter { glob(Array(bytes), Array($0.utf8)) }
    }

    private static func parts(
        _ authority: ArraySlice<UInt8>, of text: String, isApp: Bool
    ) throws(ParseError) -> (host: [UInt8], port: Port) {
        let refusal = ParseError(
            description:
                "'\(text)' is neither an origin nor a pattern of one, such as https://app.example.com or https://*.example.com."
        )
        if isApp && authority.isEmpty { return ([], .standard) }
        let bracket = authority.first == UInt8(ascii: "[") ? authority.firstIndex(of: UInt8(ascii: "]")) : nil
        let end =
            authority[(bracket ?? authority.startIndex)...].firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
        var host = Array(authority[..<end])
        if host.contains(where: isWildcard) {
            let marks = isApp ? "-._*?" : "-.*?"
            guard host.allSatisfy({ $0.isASCIIAlphanumeric || marks.utf8.contains($0) }) else { throw refusal }
            if !isApp { host = host.map(\.asciiLowercased) }
        } else {
            let url = (isApp ? "app://" : "http://") + String(decoding: host, as: UTF8.self)
            guard let origin = WebURL(url)?.origin else { throw refusal }
            host = Array(origin.host.utf8)
        }
        guard end < authority.endIndex else {
            // `exp://**` matches any host at any port.
            let isAny = isApp && host.allSatisfy { $0 == UInt8(ascii: "*") }
            return (isAny ? [] : host, .standard)
        }
        let port = Array(authority[(end + 1)...])
        guard !port.isEmpty, port.allSatisfy({ isWildcard($0) || $0.isDigit }) else { throw refusal }
        if port.contains(where: isWildcard) { return (host, .matching(port)) }
        guard let number = UInt16(digits: port), number > 0 else { throw refusal }
        return (host, .matching(Array(String(number).utf8)))
    }

    // MARK: Scope

    private static func isOfDigits(_ labels: [ArraySlice<UInt8>]) -> Bool {
        labels.allSatisfy { $0.allSatisfy { isWildcard($0) || $0.isDigit } }
    }

    /// Tells whether a host with wildcards begins like an IPv4 address, and so matches addresses and not names.
    private static func isOfAddresses(_ host: [UInt8]) -> Bool {
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return host.contains(where: isWildcard) && isOfDigits(labels) && labels[0].contains(where: \.isDigit)
    }

    /// Tells whether the labels after the last wildcard form a domain with an owner.
    private static func isBounded(_ labels: [ArraySlice<UInt8>]) -> Bool {
        guard labels.allSatisfy({ !$0.isEmpty }), let last = labels.last else { return false }
        let literal = labels.reversed().prefix { !$0.contains(where: isWildcard) }
            .map { String(decoding: $0, as: UTF8.self) }
        guard !last.allSatisfy(\.isDigit), let top = literal.first else { return false }
        if Domains.local.contains(top) { return true }
        guard literal.count >= 2 else { return false }
        return literal.count > 2 || top.utf8.count != 2 || !Domains.secondLevels.contains(literal[1])
    }

    private static func isWildcard(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") }

    private static func glob(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        // The latest star, and the text that it has matched: backtracking to that star alone is sufficient.
        var (pattern, text) = (pattern[...], text[...])
        var (star, taken): (ArraySlice<UInt8>?, ArraySlice<UInt8>) = (nil, [])
        while let byte = text.first {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                (star, taken) = (pattern, text)
            } else if let wanted = pattern.first, wanted == byte || wanted == UInt8(ascii: "?") {
                (pattern, text) = (pattern.dropFirst(), text.dropFirst())
            } else if let resumed = star {
                taken = taken.dropFirst()
                (pattern, text) = (resumed, taken)
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
