import Basics
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
    private let targets = Mutex<[IPAddress]>([])
    private let thread = Mutex<WorkerThread?>(nil)

    /// - Parameter everywhere: true for a service at every address of this machine, IPv4 and IPv6.
    package init(everywhere: Bool = false) throws {
        let listener = socket(everywhere ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let port: UInt16?
        if everywhere {
            var isIPv6Only: Int32 = 0
            setsockopt(
                listener, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &isIPv6Only, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            port = Self.listen(listener, at: address)
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            port = Self.listen(listener, at: address)
        }
        guard let port else { throw NotBound() }
        self.port = port
        self.listener = listener
        let started = try WorkerThread { [self] in serve() }
        thread.withLock { $0 = started }
    }

    struct NotBound: Error {}

    /// The connections so far.
    package var connectionCount: Int { connections.load(ordering: .sequentiallyConsistent) }

    /// The addresses of this machine that the connections so far were made to.
    package var reachedAddresses: [IPAddress] { targets.withLock { $0 } }

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
            if let target = Self.target(of: connection) { targets.withLock { $0.append(target) } }
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

    /// The port that the system chose, or nil.
    private static func listen<Address>(_ listener: Int32, at address: Address) -> UInt16? {
        var (address, size) = (address, socklen_t(MemoryLayout<Address>.size))
        return withUnsafeMutableBytes(of: &address) { bytes in
            guard let name = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress,
                bind(listener, name, size) == 0, Glibc.listen(listener, 64) == 0,
                getsockname(listener, name, &size) == 0
            else { return nil }
            // It follows the family, whichever that is.
            return UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
        }
    }

    private static func target(of connection: Int32) -> IPAddress? {
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        return withUnsafeMutableBytes(of: &address) { bytes in
            guard let name = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress,
                getsockname(connection, name, &size) == 0
            else { return nil }
            return IPAddress(bytes: Array(name.pointee.sa_family == AF_INET6 ? bytes[8..<24] : bytes[4..<8]))
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
