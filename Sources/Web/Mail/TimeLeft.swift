import Basics

/// The time until a moment, in words for an e-mail that is being sent: `15 minutes`, `an hour`, `6 days`. It is rounded
/// down to whole units, apart from the ten seconds that an e-mail may take to be sent.
struct TimeLeft {
    let text: String

    init(until end: Timestamp, at time: Timestamp) {
        let minutes = max(0, (end.milliseconds - time.milliseconds + 10_000) / 60_000)
        text =
            switch minutes {
            case ..<60: minutes == 1 ? "a minute" : "\(minutes) minutes"
            case ..<1440: minutes < 120 ? "an hour" : "\(minutes / 60) hours"
            default: minutes < 2880 ? "a day" : "\(minutes / 1440) days"
            }
    }
}
