import Glibc

/// A client that sends exactly the bytes it is told to and shows exactly what comes back.
final class RawClient: Sendable {
    private let socket: Int32

    struct ConnectError: Error {}

    /// - Parameters:
    ///   - receiveBuffer: bytes that the system takes in before they are received; nil for its own choice.
    ///   - host: the last byte of the client's own address, 127.0.0.host.
    init(port: Int, timeout seconds: Int = 10, receiveBuffer: Int32? = nil, from host: UInt32 = 1) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(socket, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        if var size = receiveBuffer {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        func withAddress(_ host: UInt32, _ port: Int, _ use: (UnsafePointer<sockaddr>, socklen_t) -> Bool) -> Bool {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(port).bigEndian
            address.sin_addr.s_addr = (UInt32(0x7F00_0000) + host).bigEndian
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    use($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        let isConnected =
            withAddress(host, 0) { bind(socket, $0, $1) == 0 } && withAddress(1, port) { connect(socket, $0, $1) == 0 }
        guard isConnected else {
            close(socket)
            throw ConnectError()
        }
    }

    deinit { close(socket) }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// False once the server takes no more.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Makes closing an abrupt end instead of an orderly one.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    func endInput() { shutdown(socket, Int32(SHUT_WR)) }

    /// What comes next, or nil when the server has closed or nothing comes for too long.
    func receive() -> String? {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &buffer, buffer.count, 0)
        return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
    }

    /// Everything up to the server's closing.
    func receiveAll() -> String {
        var text = ""
        while let part = receive() { text += part }
        return text
    }

    /// Everything until the text ends as given.
    func receive(until end: String) -> String {
        var text = ""
        while !text.hasSuffix(end), let part = receive() { text += part }
        return text
    }
}
