import Basics
import Glibc
import JSON
import Synchronization

/// Shows how far the long work of a command has come: a line that is rewritten on a terminal, plain lines in other
/// places if the work takes long, or JSON on standard output for programs.
final class Progress: Sendable {
    enum Form: Sendable, Equatable {
        /// One line, rewritten in place.
        case terminal
        case plain
        /// One JSON object a line.
        case json(showsSteps: Bool)
        case silent
    }

    private struct State {
        var estimate: ProgressEstimate?
        /// The time of the last output; before that, of the start.
        var shownAt: ContinuousClock.Instant
        var hasLine = false
    }

    private let form: Form
    private let now: @Sendable () -> ContinuousClock.Instant
    private let columns: @Sendable () -> Int
    private let write: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - columns: the width of the terminal.
    ///   - write: writes to standard error, or JSON to standard output.
    init(
        _ form: Form, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        columns: @escaping @Sendable () -> Int = { Progress.terminalColumns() },
        write: (@Sendable (String) -> Void)? = nil
    ) {
        (self.form, self.now, self.columns) = (form, now, columns)
        let isJSON = if case .json = form { true } else { false }
        self.write = write ?? { Progress.write($0, to: isJSON ? STDOUT_FILENO : STDERR_FILENO) }
        state = Mutex(State(shownAt: now()))
    }

    var isJSON: Bool { if case .json = form { true } else { false } }

    /// The time between two lines, of which each stays.
    private static let plainInterval = Duration.seconds(5)
    private static let redrawInterval = Duration.milliseconds(100)
    private static let eventInterval = Duration.seconds(1)
    private static let clearing = "\r\u{1B}[K"

    @Sendable func show(_ step: WorkStep) {
        guard form != .silent else { return }
        state.withLock { state in
            let time = now()
            let isNew = state.estimate?.step.name != step.name
            if isNew {
                state.estimate = ProgressEstimate(step, at: time)
            } else {
                state.estimate?.advance(to: step, at: time)
            }
            guard let estimate = state.estimate else { return }
            let waited = time - state.shownAt
            switch form {
            case .terminal:
                guard isNew || step.isComplete || waited >= Self.redrawInterval else { return }
                write(Self.clearing + estimate.line(columns: columns()))
                state.hasLine = true
            case .plain:
                guard waited >= Self.plainInterval else { return }
                write(estimate.text + "\n")
            case .json(let showsSteps):
                guard showsSteps, isNew || step.isComplete || waited >= Self.eventInterval else { return }
                write(estimate.json)
            case .silent: return
            }
            state.shownAt = time
        }
    }

    /// Removes the line from the terminal, so that something else can be written.
    func end() {
        state.withLock { state in
            state.estimate = nil
            guard state.hasLine else { return }
            write(Self.clearing)
            state.hasLine = false
        }
    }

    /// Ends the work with its result: sentences for people, or an object for programs.
    func finish(_ sentences: [String], _ members: (inout JSONWriter) -> Void) {
        end()
        if isJSON { return event("result", members) }
        for sentence in sentences { print(sentence) }
    }

    /// Something that people should read besides the result.
    func note(_ kind: String, _ sentence: String) {
        end()
        if isJSON { event(kind) { $0.member("message", sentence) } } else { print(sentence) }
    }

    /// Ends the work without a result. The sentence for people is written by `reportingFailures`.
    func fail(_ error: any Error) {
        end()
        guard isJSON else { return }
        event("failure") { $0.member("message", "\(error)") }
    }

    private func event(_ name: String, _ members: (inout JSONWriter) -> Void) {
        var json = JSONWriter()
        json.object { json in
            json.member("event", name)
            members(&json)
        }
        let line = String(decoding: VisibleText.escaped(json.bytes), as: UTF8.self) + "\n"
        // One after the other, whichever thread they are from.
        state.withLock { _ in write(line) }
    }

    /// The width of the terminal at standard error.
    static func terminalColumns() -> Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        // What was printed before comes first.
        fflush(nil)
        try? FileSystem.write(text.utf8, to: descriptor)
    }
}
