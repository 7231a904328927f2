import Glibc
import Workers

/// An empty file beside the database: a command that changes data cached by the server touches it, and the server,
/// which watches it, reads again. Involves only files of the same owner, and no port.
struct ChangeFile: Sendable {
    private let path: String

    init(besideDatabase path: String) { self.path = path + "-changed" }

    /// Notifies watchers; if there never was one, no file is created.
    func touch() {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        futimens(descriptor, nil)
        close(descriptor)
    }

    /// Creates the file if it does not exist, and calls `onTouch` each time that it is touched, on a thread of its own.
    /// - Throws: `StorageError.unavailable` if the system does not allow watching the file.
    func watch(_ onTouch: @escaping @Sendable () -> Void) throws -> WatchThread {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
        let events = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard events >= 0, inotify_add_watch(events, path, UInt32(IN_ATTRIB)) >= 0 else {
            let reason = String(cString: strerror(errno))
            if events >= 0 { close(events) }
            throw StorageError.unavailable("\(path) cannot be watched: \(reason).")
        }
        return try WatchThread { waiting in
            defer { close(events) }
            var bytes = [UInt8](repeating: 0, count: 4096)
            while waiting.wait(for: events) {
                if read(events, &bytes, bytes.count) > 0 { onTouch() }
            }
        }
    }
}
