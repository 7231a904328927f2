import ArgumentParser
import FoundationEssentials
import Glibc

/// Runs a command; what goes wrong is written to standard error as sentences, and the exit status is 1.
/// - Parameter asJSON: whether the sentences are log lines in JSON.
func reportingFailures(asJSON: Bool = false, _ work: () async throws -> Void) async throws {
    let message: String
    do {
        return try await work()
    } catch let error as CustomStringConvertible & Error {
        message = error.description
    }
    // What was printed before belongs before it.
    fflush(nil)
    let sentences = message.split(whereSeparator: \.isNewline)
    let lines = sentences.flatMap { sentence in
        asJSON ? LineLogHandler.jsonLine(.critical, "\(sentence)") : Array("latchkey: \(sentence)\n".utf8)
    }
    _ = write(STDERR_FILENO, lines, lines.count)
    throw ExitCode(1)
}
