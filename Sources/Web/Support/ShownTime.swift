import Basics
import Templating

/// A time on a page, as its reader reads it.
struct ShownTime: TemplateModel {
    private let time: Timestamp
    private let dates: DateFormat

    init(_ time: Timestamp, in dates: DateFormat) { (self.time, self.dates) = (time, dates) }

    static let fields: [TemplateField<ShownTime>] = [
        .text("machine") { $0.time.rfc3339 },
        .text("text") { $0.text },
        .optionalText("language") { $0.dates.language },
    ]

    var text: String { dates.text(time) }
}
