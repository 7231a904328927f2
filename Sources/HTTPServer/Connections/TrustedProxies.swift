import Basics
import NIOHTTP1

/// The proxies whose statements about the origin of a request are trusted. Any client can send the same headers, so
/// those of all other peers are ignored.
package struct TrustedProxies: Sendable {
    private let networks: [IPNetwork]

    package init(_ networks: [IPNetwork] = []) { self.networks = networks }

    /// The client behind a peer: the list is read from the right, where the last proxy appends, past the trusted
    /// proxies to the first address that is not one. An invalid address ends the search.
    func client(behind peer: IPAddress, _ headers: HTTPHeaders) -> IPAddress {
        guard isTrusted(peer) else { return peer }
        let listed = headers[canonicalForm: "x-forwarded-for"].map { Self.address($0.utf8) }
        let forwarded = headers["forwarded"].flatMap { Self.elements($0) }
        switch (listed.isEmpty, forwarded.isEmpty) {
        case (true, true): return peer
        case (false, true): return walk(listed, from: peer)
        case (true, false): return walk(forwarded, from: peer)
        case (false, false):
            // A proxy sets one of the two fields and may pass the other through as the client sent it. Which one is not
            // known, so only a result on which both agree is trusted.
            let (one, other) = (walk(listed, from: peer), walk(forwarded, from: peer))
            return one == other ? one : peer
        }
    }

    func isTrusted(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

    private func walk(_ hops: [IPAddress?], from peer: IPAddress) -> IPAddress {
        var client = peer
        for hop in hops.reversed() {
            guard let hop else { break }
            client = hop
            guard isTrusted(hop) else { break }
        }
        return client
    }

    /// The `for` parameter of each element (RFC 7239, section 4); nil for an element without a valid address.
    private static func elements(_ field: String) -> [IPAddress?] {
        split(field.utf8[...], at: UInt8(ascii: ",")).map { element in
            for pair in split(element, at: UInt8(ascii: ";")) {
                let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, parts[0].trimmingBlanks().map(\.asciiLowercased).elementsEqual("for".utf8)
                else {
                    continue
                }
                var value = parts[1].trimmingBlanks()
                let quote = UInt8(ascii: "\"")
                if value.count >= 2, value.first == quote, value.last == quote { value = value.dropFirst().dropLast() }
                return address(value)
            }
            return nil
        }
    }

    /// Splits outside quotes; nothing is split after an unterminated quote.
    private static func split(_ text: Substring.UTF8View, at separator: UInt8) -> [Substring.UTF8View] {
        var parts: [Substring.UTF8View] = []
        var (start, isQuoted, isEscaped) = (text.startIndex, false, false)
        for index in text.indices {
            let byte = text[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted && byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == separator && !isQuoted {
                parts.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        return parts + [text[start...]]
    }

    /// An address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
    private static func address(_ text: Substring.UTF8View) -> IPAddress? {
        let text = text.trimmingBlanks()
        if text.first == UInt8(ascii: "[") {
            let inner = text.dropFirst().prefix { $0 != UInt8(ascii: "]") }
            let rest = text[inner.endIndex...].dropFirst()
            guard inner.endIndex < text.endIndex, rest.isEmpty || isPort(rest) else { return nil }
            return IPAddress(Substring(inner))
        }
        guard text.count(where: { $0 == UInt8(ascii: ":") }) == 1 else { return IPAddress(Substring(text)) }
        let host = text.prefix { $0 != UInt8(ascii: ":") }
        guard isPort(text[host.endIndex...]) else { return nil }
        return IPAddress(Substring(host))
    }

    private static func isPort(_ text: Substring.UTF8View) -> Bool {
        text.first == UInt8(ascii: ":") && UInt16(digits: text.dropFirst()) != nil
    }
}
