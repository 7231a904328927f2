import Basics
import JSON

/// The rate of a piece of work, and the time that is left of it.
struct ProgressEstimate: Sendable {
    private(set) var step: WorkStep
    private let first: Int64
    private let startedAt: ContinuousClock.Instant
    private var time: ContinuousClock.Instant

    init(_ step: WorkStep, at time: ContinuousClock.Instant) {
        (self.step, first, startedAt, self.time) = (step, step.done, time, time)
    }

    mutating func advance(to step: WorkStep, at time: ContinuousClock.Instant) {
        (self.step, self.time) = (step, time)
    }

    private var elapsed: Double { (time - startedAt) / .seconds(1) }

    /// Units a second since the start. Nil as long as there is nothing to tell it from.
    var perSecond: Double? {
        guard elapsed > 0, step.done > first else { return nil }
        return Double(step.done - first) / elapsed
    }

    /// Nil within the first second, as the rate is not settled then.
    var secondsLeft: Int? {
        guard let perSecond, let total = step.total, elapsed >= 1 else { return nil }
        return Int(clamping: Int64((Double(max(0, total - step.done)) / perSecond).rounded(.up)))
    }

    /// `copying (tasks): 1,200 of 40,000 rows, 3 %, 600 rows/s, 65 s left`
    var text: String {
        let name = step.detail.map { "\(step.name) (\($0))" } ?? step.name
        guard let total = step.total else { return "\(name), \(Int(elapsed)) s" }
        var parts = [amount(total), "\(total > 0 ? min(100, step.done * 100 / total) : 100) %"]
        if let perSecond { parts.append(rate(Int64(perSecond))) }
        if let secondsLeft, secondsLeft > 0 { parts.append("\(Self.duration(secondsLeft)) left") }
        return "\(name): \(parts.joined(separator: ", "))"
    }

    /// The text, with a bar before it where there is room, in one line of a terminal.
    func line(columns: Int) -> String {
        let text = text.shown
        guard let total = step.total, text.unicodeScalars.count + Self.barWidth + 3 < columns else {
            return String(String.UnicodeScalarView(text.unicodeScalars.prefix(max(1, columns - 1))))
        }
        let filled = total > 0 ? Int(min(step.done, total)) * Self.barWidth / Int(total) : Self.barWidth
        let bar = String(repeating: "#", count: filled) + String(repeating: "·", count: Self.barWidth - filled)
        return "[\(bar)] \(text)"
    }

    /// One line with a JSON object.
    var json: String {
        var json = JSONWriter()
        json.object {
            $0.member("event", "progress")
            $0.member("step", step.name)
            $0.member("detail", step.detail)
            $0.member("done", step.total == nil ? nil : step.done)
            $0.member("total", step.total)
            $0.member("unit", step.total == nil ? nil : step.unit.rawValue)
            $0.member("per_second", perSecond.map { Int64($0) })
            $0.member("seconds_left", secondsLeft.map { Int64($0) })
        }
        return String(decoding: json.bytes, as: UTF8.self) + "\n"
    }

    private static let barWidth = 20

    private func amount(_ total: Int64) -> String {
        switch step.unit {
        case .bytes: "\(ByteCount.text(step.done)) of \(ByteCount.text(total))"
        case .rows, .files: "\(step.done) of \(total) \(step.unit.rawValue)"
        }
    }

    private func rate(_ perSecond: Int64) -> String {
        switch step.unit {
        case .bytes: "\(ByteCount.text(perSecond))/s"
        case .rows, .files: "\(perSecond) \(step.unit.rawValue)/s"
        }
    }

    /// `45 s`, `12 min`, `3 h 5 min`
    static func duration(_ seconds: Int) -> String {
        switch seconds {
        case ..<100: "\(seconds) s"
        case ..<3600: "\((seconds + 59) / 60) min"
        default: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        }
    }
}
