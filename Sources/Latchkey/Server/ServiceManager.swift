import Basics
import Glibc

/// The service manager that started this process, such as systemd, and its messages (sd_notify(3)): each message is
/// one datagram of `NAME=value` lines, sent to the socket that `NOTIFY_SOCKET` names.
struct ServiceManager: Sendable {
    private let address: [UInt8]
    /// The time between two messages after which the manager ends this process; nil if it does not watch.
    let watchdogLimit: Duration?

    /// - Returns: nil without a manager that listens.
    init?(environment: [String: String], process: pid_t = getpid()) {
        guard let path = environment["NOTIFY_SOCKET"], let first = path.utf8.first,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@"), path.utf8.count > 1,
            path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        else { return nil }
        // A name that begins with @ is not in the file system: its first byte is 0 (unix(7)).
        address = first == UInt8(ascii: "@") ? [0] + path.utf8.dropFirst() : Array(path.utf8)
        let isOurs = environment["WATCHDOG_PID"].flatMap { pid_t($0) }.map { $0 == process } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdogLimit = isOurs && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    /// - Throws: `SystemError` if the message cannot be sent.
    func tell(_ message: ServiceMessage) throws(SystemError) {
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SystemError() }
        defer { close(socket) }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + address.count } ?? 0
        let text = Array(message.text.utf8)
        let sent = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(socket, text, text.count, Int32(MSG_NOSIGNAL), $0, socklen_t(length))
            }
        }
        guard sent == text.count else { throw SystemError() }
    }
}
