import Glibc
import TestSupport
import Testing

@testable import Latchkey

@Suite struct ServiceManagerTests {
    /// A socket bound to the name, as the manager's is.
    private func bound(to name: [UInt8]) throws -> CInt {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + name.count } ?? 0
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(length)) == 0 }
        }
        try #require(isBound)
        return descriptor
    }

    private func received(_ descriptor: CInt) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    @Test func `each message is one datagram of lines`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/notify"
            let descriptor = try bound(to: Array(path.utf8))
            defer { close(descriptor) }
            let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": path]))
            try manager.tell(.ready(status: "Serving at http://localhost:8000"))
            #expect(received(descriptor) == "READY=1\nSTATUS=Serving at http://localhost:8000")
            try manager.tell(.alive)
            #expect(received(descriptor) == "WATCHDOG=1")
            try manager.tell(.stopping)
            #expect(received(descriptor).hasPrefix("STOPPING=1\n"))
        }
    }

    @Test func `a name that begins with @ is not in the file system`() throws {
        let name = "latchkey-test-\(UInt64.random(in: .min ... .max))"
        let descriptor = try bound(to: [0] + Array(name.utf8))
        defer { close(descriptor) }
        try #require(ServiceManager(environment: ["NOTIFY_SOCKET": "@\(name)"])).tell(.alive)
        #expect(received(descriptor) == "WATCHDOG=1")
    }

    @Test func `a manager that is gone is an error and no crash`() throws {
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": "/nonexistent/notify"]))
        #expect(throws: (any Error).self) { try manager.tell(.alive) }
    }

    @Test(arguments: ["", "/", "@", "relative", "vsock:2:1234", "/" + String(repeating: "x", count: 108)])
    func `without a usable name there is no manager`(name: String) {
        #expect(ServiceManager(environment: ["NOTIFY_SOCKET": name]) == nil)
        #expect(ServiceManager(environment: [:]) == nil)
    }

    @Test func `the watchdog is the one that watches this process`() {
        func limit(_ environment: [String: String]) -> Duration? {
            ServiceManager(
                environment: ["NOTIFY_SOCKET": "/run/systemd/notify"].merging(environment) { $1 }, process: 7)?
                .watchdogLimit
        }
        #expect(limit(["WATCHDOG_USEC": "30000000"]) == .seconds(30))
        #expect(limit(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"]) == .seconds(30))
        #expect(limit(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"]) == nil)
        for text in ["0", "-1", "soon", ""] { #expect(limit(["WATCHDOG_USEC": text]) == nil, "\(text)") }
        #expect(limit([:]) == nil)
    }
}
