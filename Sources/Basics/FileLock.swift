import Glibc

/// A lock that processes hold on a file of its own (`flock`). It ends with the process, however that ends.
package final class FileLock: Sendable {
    package enum Mode: Sendable {
        /// Held by any number of processes.
        case shared
        /// Held by one, while no other holds it in either mode.
        case exclusive
    }

    private let descriptor: Int32

    /// - Returns: nil if another process holds a lock that excludes this one.
    /// - Throws: `SystemError` if the file cannot be made, or its file system has no locks.
    package init?(_ path: String, _ mode: Mode) throws(SystemError) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError() }
        guard flock(file, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
            let error = SystemError()
            close(file)
            guard error.code == EWOULDBLOCK else { throw error }
            return nil
        }
        descriptor = file
    }

    deinit { close(descriptor) }
}
