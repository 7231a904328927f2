import ArgumentParser
import FoundationEssentials
import Glibc
import HTTPServer

/// What a container's HEALTHCHECK runs: an image without curl has to ask for itself.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask a running server on this machine whether it can serve; exit 0 if so.")

    @OptionGroup var settings: SettingFlags

    func run() async throws {
        let sources = try settings.sources()
        let text = try sources.value(.port) ?? "8000"
        guard let port = UInt16(digits: text) else { throw ValidationError("'\(text)' is not a port.") }
        let isHTTPS = try sources.value(.certificate) != nil
        guard let status = isHTTPS ? await Self.askOverTLS(port: port) : Self.ask(port: port),
            status.hasPrefix("HTTP/1.1 200 ")
        else {
            throw ExitCode(1)
        }
    }

    private static func askOverTLS(port: UInt16) async -> String? {
        #if TLS
            await TLSProbe.statusLine(of: "/ready", port: Int(port))
        #else
            nil
        #endif
    }

    /// The status line of `GET /ready`, or nil where nobody answers within three seconds.
    private static func ask(port: UInt16) -> String? {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        var patience = timeval(tv_sec: 3, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(socket, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        let request = Array("GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard isConnected, send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return nil
        }
        var answer = [UInt8](repeating: 0, count: 64)
        let count = recv(socket, &answer, answer.count, 0)
        return count > 0 ? String(decoding: answer.prefix(count), as: UTF8.self) : nil
    }
}
