import Glibc
import Synchronization
import Workers

/// A service on this machine that reads a request, sends the same bytes to each connection and closes it.
package final class RawService: Sendable {
    package let port: UInt16
    private let listener: Int32
    private let greeting = Mutex<[UInt8]>([])
    private let answer = Mutex<[UInt8]>([])
    private let connections = Atomic<Int>(0)
    private let thread = Mutex<WorkerThread?>(nil)

    package init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw NotBound() }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        let started = try WorkerThread { [self] in serve() }
        thread.withLock { $0 = started }
    }

    struct NotBound: Error {}

    /// The connections so far.
    package var connectionCount: Int { connections.load(ordering: .sequentiallyConsistent) }

    /// Sends these bytes before it reads anything.
    package func greets(_ bytes: [UInt8]) { greeting.withLock { $0 = bytes } }

    package func answers(_ bytes: [UInt8]) { answer.withLock { $0 = bytes } }

    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        thread.withLock { $0?.join() }
        close(listener)
    }

    private func serve() {
        while case let connection = accept(listener, nil, nil), connection >= 0 {
            connections.add(1, ordering: .sequentiallyConsistent)
            Self.send(greeting.withLock { $0 }, over: connection)
            var request: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                let count = recv(connection, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                request += buffer.prefix(count)
            }
            Self.send(answer.withLock { $0 }, over: connection)
            close(connection)
        }
    }

    private static func send(_ bytes: [UInt8], over connection: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
    }
}
