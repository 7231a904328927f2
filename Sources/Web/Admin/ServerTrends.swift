import Basics
import Calendar

/// The development of a server's figures, as charts.
struct ServerTrends {
    /// At most as many steps as a chart is wide enough for.
    private static let maximumSteps: Int64 = 48

    private let samples: [ServerSample]
    private let dates: DateFormat
    /// The length of a step: whole minutes, or within the first one all that has passed.
    private let stepMilliseconds: Int64
    /// The ends of the steps, the last of which is now, and before them the beginning of the first.
    private let times: [Timestamp]

    /// - Parameter samples: the oldest first, the last of now.
    init(_ samples: [ServerSample], in dates: DateFormat) {
        (self.samples, self.dates) = (samples, dates)
        let now = samples.last?.at ?? Timestamp(milliseconds: 0)
        // A clock may have been set back meanwhile.
        let period = max(0, now.milliseconds - (samples.first?.at ?? now).milliseconds)
        let minutes = (period + 60_000 * Self.maximumSteps - 1) / (60_000 * Self.maximumSteps)
        let step = period < 60_000 ? max(1, period) : minutes * 60_000
        stepMilliseconds = step
        times = (0...period / step).reversed().map { Timestamp(milliseconds: now.milliseconds - $0 * step) }
    }

    /// The time since which there are figures; nil at the start itself.
    var since: ShownTime? { times.count > 1 ? samples.first.map { ShownTime($0.at, in: dates) } : nil }

    var charts: [TrendChart] {
        guard let now = samples.last else { return [] }
        return [requests, signIns, size(now), backup(now)]
    }

    // MARK: The charts

    private var requests: TrendChart {
        let values = counts(\.requests)
        let last = values.last.flatMap { $0 } ?? 0
        return TrendChart(
            id: "requests", title: "Requests",
            current: values.isEmpty ? "\(samples.last?.requests ?? 0) so far" : "\(rate(last)) a minute",
            extent: "Highest: \(rate(highest(values))) a minute", lines: [.init(name: "Requests", values: values)])
    }

    private var signIns: TrendChart {
        let (good, failed) = (counts(\.signIns), counts(\.failedSignIns))
        let totals = [good, failed].map { Int($0.reduce(0) { $0 + ($1 ?? 0) }) }
        return TrendChart(
            id: "sign-ins", title: "Sign-ins",
            current: "\(totals[0]), and \(totals[1]) failed",
            extent: "Highest in \(Self.duration(stepMilliseconds / 1000)): "
                + "\(Int(highest(good))), and \(Int(highest(failed))) failed",
            lines: [.init(name: "Sign-ins", values: good), .init(name: "Failed", values: failed)])
    }

    private func size(_ now: ServerSample) -> TrendChart {
        let values = levels(\.databaseBytes)
        return TrendChart(
            id: "size", title: "Database",
            current: now.databaseBytes.map(ByteCount.text) ?? "Not responding",
            extent: "Highest: \(ByteCount.text(Int64(highest(values))))",
            lines: [.init(name: "Size", values: values)])
    }

    private func backup(_ now: ServerSample) -> TrendChart {
        let values = levels(\.backupAge)
        return TrendChart(
            id: "backup", title: "Age of the last backup",
            current: now.backupAge.map(Self.duration) ?? "There is none",
            extent: "Highest: \(Self.duration(Int64(highest(values))))",
            lines: [.init(name: "Age", values: values)])
    }

    // MARK: The figures

    /// The number of events within each step. Nil where the counter was reset.
    private func counts(_ key: KeyPath<ServerSample, UInt64>) -> [Double?] {
        let counted = levels { Int64(clamping: $0[keyPath: key]) }
        guard let first = samples.first, !counted.isEmpty else { return [] }
        var before = Double(Int64(clamping: sample(at: times[0])?[keyPath: key] ?? first[keyPath: key]))
        return counted.map { value in
            guard let value else { return nil }
            defer { before = value }
            return value >= before ? value - before : nil
        }
    }

    /// The figure at the end of each step.
    private func levels(_ figure: (ServerSample) -> Int64?) -> [Double?] {
        guard times.count > 1 else { return [] }
        var (values, next): ([Double?], Int) = ([], 0)
        var last: ServerSample?
        for time in times.dropFirst() {
            while next < samples.count, samples[next].at <= time {
                last = samples[next]
                next += 1
            }
            values.append(last.flatMap(figure).map(Double.init))
        }
        return values
    }

    private func sample(at time: Timestamp) -> ServerSample? { samples.last { $0.at <= time } }

    private func highest(_ values: [Double?]) -> Double { values.compactMap { $0 }.max() ?? 0 }

    /// Per minute, of a count within a step.
    private func rate(_ count: Double) -> String {
        let tenths = Int64((count * 600_000 / Double(stepMilliseconds)).rounded())
        return tenths < 100 && tenths % 10 != 0 ? "\(tenths / 10).\(tenths % 10)" : "\((tenths + 5) / 10)"
    }

    /// `under a minute`, `12 minutes`, `3 hours`, `2 days`
    static func duration(_ seconds: Int64) -> String {
        func text(_ count: Int64, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s")" }
        switch seconds {
        case ..<60: return "under a minute"
        case ..<7200: return text(seconds / 60, "minute")
        case ..<172_800: return text(seconds / 3600, "hour")
        default: return text(seconds / 86_400, "day")
        }
    }
}
