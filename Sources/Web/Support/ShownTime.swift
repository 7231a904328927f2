import Basics
import Templating

/// A time on a page: in UTC, which the page's script replaces by local time.
struct ShownTime: TemplateModel {
    private let time: Timestamp

    init(_ time: Timestamp) { self.time = time }

    static let fields: [TemplateField<ShownTime>] = [
        .text("machine") { $0.time.rfc3339 },
        .text("text") { $0.text },
    ]

    /// `21 Nov 2026, 14:05 UTC`
    var text: String { "\(time.shortDate), \(time.rfc3339.dropFirst(11).prefix(5)) UTC" }
}

extension Timestamp {
    /// `21 Nov 2026`, in UTC.
    var shortDate: String {
        let date = Self.civil(fromDays: days)
        return "\(date.day) \(Self.monthNames[Int(date.month - 1) % 12]) \(date.year)"
    }
}
