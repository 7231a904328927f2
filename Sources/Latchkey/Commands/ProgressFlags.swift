import ArgumentParser
import Glibc

/// The form in which a command shows its progress and its result.
struct ProgressFlags: ParsableArguments {
    @Flag(help: "Print progress and the result as JSON, one object a line.") var json = false
    @Flag(help: "Show no progress.") var quiet = false

    private var form: Progress.Form {
        if json { return .json(showsSteps: !quiet) }
        if quiet { return .silent }
        return isatty(STDERR_FILENO) == 1 ? .terminal : .plain
    }

    /// Runs a command whose work may take long; failures are reported as by the function without progress.
    func withProgress(_ work: (Progress) async throws -> Void) async throws {
        let progress = Progress(form)
        try await reportingFailures {
            do {
                try await work(progress)
                progress.end()
            } catch {
                progress.fail(error)
                throw error
            }
        }
    }
}
