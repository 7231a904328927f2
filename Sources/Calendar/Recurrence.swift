/// A recurrence rule as it is stored (RFC 5545, section 3.3.10).
/// Indirect, as rules are large and most tasks have none.
package indirect enum Recurrence: Sendable, Hashable {
    case computed(RecurrenceRule)
    /// A valid rule that is kept word for word, and whose instances are not computed: one that repeats within a day, or
    /// uses another calendar (RFC 7529).
    case custom(String)

    package init(_ text: String) throws(RecurrenceError) {
        let parts = try RecurrenceRule.parts(of: text)
        let isCustom =
            ["SECONDLY", "MINUTELY", "HOURLY"].contains(parts["FREQ"]) || parts["RSCALE"] != nil || parts["SKIP"] != nil
        if isCustom, let interval = parts["INTERVAL"], interval.allSatisfy({ $0 == "0" }) {
            throw RecurrenceError("INTERVAL must be a number from 1 on.")
        }
        self = isCustom ? .custom(text) : .computed(try RecurrenceRule(parts))
    }

    package var text: String {
        switch self {
        case .computed(let rule): rule.text
        case .custom(let text): text
        }
    }

    /// Nil for a custom rule.
    package var rule: RecurrenceRule? {
        if case .computed(let rule) = self { rule } else { nil }
    }
}
