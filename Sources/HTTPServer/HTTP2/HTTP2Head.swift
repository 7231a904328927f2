import Basics

#if TLS
    import Basics
    import NIOHPACK
    import NIOHTTP1

    extension HTTPRequestHead {
        /// The head of a stream, converted to an HTTP/1.1 head and subject to the same rules. The frame parser has
        /// verified that the pseudo-header fields are present, each once, and that no name or value could break out of
        /// its line.
        /// - Throws: a refusal for anything that HTTP/1.1 forbids or RFC 9113, section 8, calls malformed.
        init(_ fields: HPACKHeaders, _ limits: ServerConfiguration) throws(Refusal) {
            var (method, scheme, path, authority): (String, String?, String?, String?) = ("", nil, nil, nil)
            var headers = HTTPHeaders()
            headers.reserveCapacity(fields.count)
            var (size, count) = (0, 0)
            for (name, value, _) in fields {
                guard name.utf8.first != UInt8(ascii: ":") else {
                    switch name {
                    case ":method": method = value
                    case ":scheme": scheme = value
                    case ":path": path = value
                    case ":authority": authority = value
                    default: throw .malformed
                    }
                    continue
                }
                guard !Self.hasSpaceAround(value) else { throw .malformed }
                count += 1
                size += name.utf8.count + value.utf8.count
                headers.add(name: name, value: value)
            }
            guard size <= limits.maximumHeaderSize, count <= limits.maximumHeaderCount else { throw .headersTooLarge }
            guard !method.isEmpty, method.utf8.allSatisfy(\.isTokenByte) else { throw .malformed }
            try Self.place(authority, in: &headers)
            try Self.checkLength(headers)
            if let scheme {
                let lowered = scheme.utf8.map(\.asciiLowercased)
                guard lowered.elementsEqual("https".utf8) || lowered.elementsEqual("http".utf8) else {
                    throw .malformed
                }
            }
            // CONNECT has an authority and no path; no tunnel is opened here.
            let target = path ?? authority ?? ""
            if path != nil {
                guard target.utf8.first == UInt8(ascii: "/") || (target == "*" && method == "OPTIONS") else {
                    throw .malformed
                }
            }
            self.init(version: .http2, method: HTTPMethod(rawValue: method), uri: target, headers: headers)
        }

        /// `:authority` is the equivalent of `Host`; if both are present, they must agree.
        private static func place(_ authority: String?, in headers: inout HTTPHeaders) throws(Refusal) {
            guard let authority else { return }
            let hosts = headers["host"]
            guard hosts.count <= 1 else { throw .hostMissingOrDoubled }
            guard let host = hosts.first else { return headers.add(name: "host", value: authority) }
            guard host.utf8.map(\.asciiLowercased) == authority.utf8.map(\.asciiLowercased) else {
                throw .hostMissingOrDoubled
            }
        }

        private static func checkLength(_ headers: HTTPHeaders) throws(Refusal) {
            let lengths = headers["content-length"]
            guard let length = lengths.first else { return }
            guard lengths.count == 1, !length.isEmpty, length.utf8.allSatisfy(\.isDigit) else { throw .malformed }
        }

        private static func hasSpaceAround(_ value: String) -> Bool {
            func isSpace(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
            return isSpace(value.utf8.first) || isSpace(value.utf8.last)
        }

        /// Bytes of the names and values.
        var fieldsSize: Int { headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count } }
    }

    extension HPACKHeaders {
        /// The head of a response. Only fields that recur in many responses enter the dynamic table; a table full of
        /// fields that never recur would slow down every lookup.
        init(_ response: Response, id: String, date: String) {
            self.init()
            reserveCapacity(response.headers.count + 4)
            add(name: ":status", value: String(response.status.code))
            for (name, value) in response.headers
            where ResponseSerializer.isToken(name) && ResponseSerializer.isFieldValue(value) {
                let name = Self.lowercased(name)
                guard !Self.connectionFields.contains(name) else { continue }
                add(name: name, value: value, indexing: Self.indexing(of: name))
            }
            if response.status.mayHaveResponseBody, response.stream == nil {
                add(name: "content-length", value: String(response.body.readableBytes), indexing: .nonIndexable)
            }
            add(name: "date", value: date, indexing: .nonIndexable)
            add(name: "x-request-id", value: id, indexing: .nonIndexable)
        }

        private static func indexing(of name: String) -> HPACKIndexing {
            if name == "set-cookie" { return .neverIndexed }
            return repeated.contains(name) ? .indexable : .nonIndexable
        }

        private static func lowercased(_ name: String) -> String {
            name.utf8.contains { $0 != $0.asciiLowercased }
                ? String(decoding: name.utf8.map(\.asciiLowercased), as: UTF8.self) : name
        }

        private static let repeated: Set<String> = [
            "access-control-allow-credentials", "access-control-allow-origin", "access-control-expose-headers",
            "allow", "cache-control", "content-encoding", "content-security-policy", "content-type",
            "cross-origin-opener-policy", "cross-origin-resource-policy", "permissions-policy", "referrer-policy",
            "strict-transport-security", "vary", "x-content-type-options", "x-frame-options",
        ]

        /// RFC 9113, section 8.2.2.
        private static let connectionFields: Set<String> = [
            "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
        ]
    }
#endif
