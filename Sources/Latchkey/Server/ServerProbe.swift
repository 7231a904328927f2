import Basics
import Glibc
import HTTPServer
import JSON

/// Asks a running server on this machine.
struct ServerProbe: Sendable {
    enum Finding: Sendable {
        /// An answer, and its body if that is a JSON object.
        case answer(status: Int, JSONObject)
        case silence(reason: String)
    }

    let host: String
    let port: UInt16
    let isHTTPS: Bool

    /// The addresses at which a server with this HOST can be reached from its own machine.
    static func all(host: String, port: Int, isHTTPS: Bool) -> [ServerProbe] {
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let hosts = ["localhost", "0.0.0.0", "::"].contains(bare) ? ["127.0.0.1", "::1"] : [bare]
        return hosts.map { ServerProbe(host: $0, port: UInt16(clamping: port), isHTTPS: isHTTPS) }
    }

    var address: String {
        let shown = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return "\(isHTTPS ? "https" : "http")://\(shown):\(port)"
    }

    /// A GET, with a timeout of three seconds for each step.
    func ask(_ path: String) async -> Finding {
        guard isHTTPS else { return askPlainly(path) }
        #if TLS
            guard let response = await TLSProbe.response(to: path, host: host, port: Int(port)) else {
                return .silence(reason: "no TLS connection within three seconds")
            }
            return Self.finding(response)
        #else
            return .silence(reason: "this program was built without TLS")
        #endif
    }

    private func askPlainly(_ path: String) -> Finding {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found else {
            return .silence(reason: "the name leads to no address")
        }
        defer { freeaddrinfo(found) }
        let socket = socket(first.pointee.ai_family, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return .silence(reason: "\(SystemError())") }
        defer { close(socket) }
        var patience = timeval(tv_sec: 3, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(socket, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard connect(socket, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
            send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
        else { return .silence(reason: errno == EINPROGRESS ? "not within three seconds" : "\(SystemError())") }
        var response: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while response.count < 65_536 {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            response += buffer[..<count]
        }
        return Self.finding(response)
    }

    private static func finding(_ response: [UInt8]) -> Finding {
        guard let end = response.firstRange(of: Array("\r\n".utf8)),
            let status = status(in: String(decoding: response[..<end.lowerBound], as: UTF8.self))
        else { return .silence(reason: "not within three seconds, or not in HTTP") }
        guard let head = response.firstRange(of: Array("\r\n\r\n".utf8)),
            case .object(let body)? = try? JSONReader.read(response[head.upperBound...])
        else { return .answer(status: status, JSONObject()) }
        return .answer(status: status, body)
    }

    private static func status(in line: String) -> Int? {
        let words = line.split(separator: " ")
        return words.count >= 2 && words[0].hasPrefix("HTTP/1.") ? Int(words[1]) : nil
    }
}

extension JSONObject {
    func text(_ name: String) -> String? {
        guard case .string(let text)? = self[name] else { return nil }
        return text
    }
}
