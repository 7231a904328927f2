import Glibc

/// Prompts on the terminal.
enum Terminal {
    struct Interrupted: Error, CustomStringConvertible {
        let description = "Interrupted; nothing was changed."
    }

    /// - Returns: the answer, or nil if standard input is not a terminal.
    private static func ask(_ question: String) throws -> String? {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        write(question)
        guard let answer = line() else { throw Interrupted() }
        return answer
    }

    /// Asks before something is deleted for good.
    /// - Throws: `CommandFailure` unless the answer is yes.
    static func confirmDeletion(_ question: String) throws {
        try confirm(question, otherwise: "Nothing was deleted.")
    }

    /// - Throws: `CommandFailure` unless the answer is yes.
    static func confirm(_ question: String, otherwise refusal: String) throws {
        guard let answer = try ask("\(question) [y/N] ") else {
            throw CommandFailure("There is no terminal to ask on. Give --yes if you are certain.")
        }
        guard ["y", "yes"].contains(answer.lowercased()) else { throw CommandFailure(refusal) }
    }

    /// Prompts without echo. Ctrl-C is read as a character meanwhile, as a process that it ended here would leave the
    /// terminal without echo.
    static func askSecretly(_ question: String) throws -> String? {
        var before = termios()
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &before) == 0 else { return nil }
        var mute = before
        mute.c_lflag &= ~tcflag_t(ECHO | ISIG)
        // Ends a line like the return key.
        withUnsafeMutableBytes(of: &mute.c_cc) { $0[Int(VEOL)] = interrupt }
        write(question)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &mute) == 0 else { return nil }
        let answer = line(endingAt: [0x0A, interrupt])
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
        write("\n")
        guard let answer, answer.utf8.last != interrupt else { throw Interrupted() }
        return answer
    }

    private static let interrupt: UInt8 = 0x03

    /// One line of standard input without its terminator, at most 64 KiB; nil at the end, and for invalid UTF-8.
    static func line() -> String? { line(endingAt: [0x0A]) }

    private static func line(endingAt ends: Set<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while bytes.count < 65_536 {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count == 1 else {
                guard !bytes.isEmpty else { return nil }
                break
            }
            if byte == interrupt && ends.contains(interrupt) { return String(Unicode.Scalar(interrupt)) }
            if ends.contains(byte) { break }
            bytes.append(byte)
        }
        if bytes.last == 0x0D { bytes.removeLast() }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
