import ArgumentParser
import Glibc

/// Ends a command with sentences on standard error and exit status 1.
func fail(_ message: String) throws -> Never {
    // What was printed before belongs before it.
    fflush(nil)
    let lines = message.split(whereSeparator: \.isNewline).map { "latchkey: \($0)\n" }.joined()
    let bytes = Array(lines.utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
    throw ExitCode(1)
}
