import ArgumentParser
import Basics
import Glibc
import HTTPServer
import JSON

/// The command for a container's HEALTHCHECK, as an image without curl cannot use that. Prints its finding, which such
/// checks keep.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask a running server on this machine whether it can serve; exit 0 if so.")

    @OptionGroup var settings: SettingFlags

    private enum Finding {
        /// The status, and an error's sentence.
        case answer(status: Int, detail: String?)
        case silence(reason: String)
    }

    func run() async throws {
        var reader = SettingReader(try settings.sources())
        let port = UInt16(clamping: reader.read(Settings.port))
        let isHTTPS = reader.read(Settings.certificate) != nil
        let setHost = reader.read(Settings.host)
        guard reader.problems.isEmpty else { throw ValidationError(reader.problems.joined(separator: "\n")) }
        var complaints: [String] = []
        for host in Self.hosts(setHost) {
            let shown = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
            let address = "\(isHTTPS ? "https" : "http")://\(shown):\(port)"
            switch isHTTPS ? await Self.askOverTLS(host, port) : Self.ask(host, port) {
            case .answer(200, _):
                print("\(address) is ready.")
                return
            case .answer(let status, let detail):
                print("\(address) is not ready: \(detail ?? "no reason was given.") (\(status))")
                throw ExitCode(1)
            case .silence(let reason): complaints.append("Nothing answers at \(address): \(reason).")
            }
        }
        print(complaints.joined(separator: " "), "Does the server run, with this HOST and PORT?")
        throw ExitCode(1)
    }

    /// The addresses at which a server with this HOST can be reached from its own machine.
    private static func hosts(_ host: String) -> [String] {
        let host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        return ["localhost", "0.0.0.0", "::"].contains(host) ? ["127.0.0.1", "::1"] : [host]
    }

    private static func askOverTLS(_ host: String, _ port: UInt16) async -> Finding {
        #if TLS
            guard let line = await TLSProbe.statusLine(of: "/ready", host: host, port: Int(port)) else {
                return .silence(reason: "no TLS connection within three seconds")
            }
            return .answer(status: Self.status(in: line) ?? 0, detail: nil)
        #else
            return .silence(reason: "this program was built without TLS")
        #endif
    }

    private static func status(in line: String) -> Int? {
        let words = line.split(separator: " ")
        return words.count >= 2 && words[0].hasPrefix("HTTP/1.") ? Int(words[1]) : nil
    }

    /// `GET /ready`, with a timeout of three seconds for each step.
    private static func ask(_ host: String, _ port: UInt16) -> Finding {
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
        let request = Array("GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard connect(socket, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
            send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
        else { return .silence(reason: errno == EINPROGRESS ? "not within three seconds" : "\(SystemError())") }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while answer.count < 65_536 {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        guard let end = answer.firstRange(of: Array("\r\n".utf8)),
            let status = Self.status(in: String(decoding: answer[..<end.lowerBound], as: UTF8.self))
        else { return .silence(reason: "not within three seconds, or not in HTTP") }
        return .answer(status: status, detail: Self.detail(in: answer))
    }

    /// The sentence of a problem document (RFC 9457).
    private static func detail(in answer: [UInt8]) -> String? {
        guard let head = answer.firstRange(of: Array("\r\n\r\n".utf8)),
            case .object(let problem)? = try? JSONReader.read(answer[head.upperBound...]),
            case .string(let detail)? = problem["detail"]
        else { return nil }
        return detail
    }
}
