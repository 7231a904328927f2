import Glibc

/// Locks on single bytes of a file, which need not exist, held by this open file and not by the process: closing
/// another descriptor of the same file leaves them (fcntl(2), "Open file description locks"). They end with the process,
/// however that ends.
package final class ByteLocks: Sendable {
    package enum Mode: Sendable {
        /// Held by any number of open files.
        case shared
        /// Held by one, while no other holds it in either mode.
        case exclusive
    }

    private let descriptor: Int32

    /// - Throws: `SystemError` if the file cannot be made.
    package init(_ path: String) throws(SystemError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError() }
    }

    deinit { close(descriptor) }

    /// - Returns: false if another open file holds a lock that excludes this one.
    /// - Throws: `SystemError` if the file system has no locks.
    package func lock(_ byte: Int, _ mode: Mode) throws(SystemError) -> Bool {
        var request = Self.request(mode == .shared ? F_RDLCK : F_WRLCK, byte)
        guard fcntl(descriptor, Self.set, &request) != 0 else { return true }
        let error = SystemError()
        guard error.code == EAGAIN || error.code == EACCES else { throw error }
        return false
    }

    package func unlock(_ byte: Int) {
        var request = Self.request(F_UNLCK, byte)
        _ = fcntl(descriptor, Self.set, &request)
    }

    /// True if another open file holds the byte in either mode.
    package func isHeldByOther(_ byte: Int) -> Bool {
        var request = Self.request(F_WRLCK, byte)
        return fcntl(descriptor, Self.get, &request) == 0 && request.l_type != F_UNLCK
    }

    // Linux's numbers, which glibc declares for GNU sources only.
    private static let get: Int32 = 36
    private static let set: Int32 = 37

    private static func request(_ type: Int32, _ byte: Int) -> flock {
        flock(l_type: Int16(type), l_whence: Int16(SEEK_SET), l_start: off_t(byte), l_len: 1, l_pid: 0)
    }
}
