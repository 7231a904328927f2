import Glibc
import Synchronization

/// A progress bar, redrawn in place on a terminal; silent elsewhere.
final class ProgressBar: Sendable {
    private let isShown: Bool
    private let lastPercent = Mutex(-1)

    init(isQuiet: Bool) { isShown = !isQuiet && isatty(STDERR_FILENO) == 1 }

    func show(_ subject: String, _ done: Int, of total: Int) {
        guard isShown else { return }
        let percent = total == 0 ? 100 : done * 100 / total
        let isNew = lastPercent.withLock { last in
            defer { last = percent }
            return last != percent
        }
        guard isNew || done == 0 else { return }
        let filled = percent * 30 / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: "·", count: 30 - filled)
        write("\r\u{1B}[K\(subject) [\(bar)] \(done) of \(total)")
    }

    func end() {
        if isShown { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
