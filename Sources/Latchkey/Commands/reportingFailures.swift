import ArgumentParser
import FoundationEssentials
import Glibc

/// Runs a command; errors are written to standard error as sentences, and the exit status is 1.
/// - Parameter asJSON: true to write the sentences as log lines in JSON.
func reportingFailures(asJSON: Bool = false, _ work: () async throws -> Void) async throws {
    let message: String
    do {
        return try await work()
    } catch let error as CustomStringConvertible & Error {
        message = error.description
    }
    // Earlier output must precede the error.
    fflush(nil)
    let sentences = message.split(whereSeparator: \.isNewline)
    let lines = sentences.flatMap { sentence in
        asJSON ? LineLogHandler.jsonLine(.critical, "\(sentence)") : Array("latchkey: \(sentence)\n".utf8)
    }
    _ = write(STDERR_FILENO, lines, lines.count)
    throw ExitCode(1)
}
