import Glibc

/// Listening sockets that a service manager has opened for this process (sd_listen_fds(3)). They outlive it: from the
/// end of one process to the start of the next, clients wait in their queues and are not refused.
package struct InheritedSockets: Sendable {
    /// A socket that cannot be served, as a sentence.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    private let sockets: [(descriptor: CInt, name: String)]
    /// The name of those for plain HTTP beside HTTPS.
    private static let redirectName = "redirect"

    /// Takes the sockets that are meant for this process.
    /// - Parameters:
    ///   - environment: `LISTEN_FDS` is their number, `LISTEN_PID` the process that they are for, and `LISTEN_FDNAMES`
    ///     has their names, separated by colons.
    ///   - first: the descriptor of the first one; the others follow it.
    /// - Throws: `Problem`.
    package init(
        environment: [String: String], process: pid_t = getpid(), first: CInt = 3
    ) throws {
        guard environment["LISTEN_PID"].flatMap({ pid_t($0) }) == process,
            let count = environment["LISTEN_FDS"].flatMap({ CInt($0) }), (1...64).contains(count)
        else {
            sockets = []
            return
        }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        sockets = try (0..<count).map { index in
            let descriptor = first + index
            let name = Int(index) < names.count ? String(names[Int(index)]) : ""
            if let problem = Self.problem(of: descriptor) {
                let shown = name.isEmpty ? "" : " (\(name))"
                throw Problem(description: "The socket \(descriptor)\(shown) of the service manager \(problem)")
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            return (descriptor, name)
        }
    }

    /// Those for requests.
    package var main: [CInt] { sockets.filter { $0.name != Self.redirectName }.map(\.descriptor) }

    /// Those that redirect to HTTPS, by their name.
    package var redirecting: [CInt] { sockets.filter { $0.name == Self.redirectName }.map(\.descriptor) }

    private static func problem(of descriptor: CInt) -> String? {
        func option(_ name: CInt) -> CInt? {
            var (value, size) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
            return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
        }
        guard let type = option(SO_TYPE), let isListening = option(SO_ACCEPTCONN), let family = option(SO_DOMAIN) else {
            return "is not a socket."
        }
        guard type == CInt(SOCK_STREAM.rawValue), [AF_INET, AF_INET6].contains(family) else {
            return "is not for TCP. Give ListenStream= a port."
        }
        return isListening == 0 ? "does not listen. Set Accept=no." : nil
    }
}
