import Calendar

/// How a task repeats.
package struct TaskRepeat: Sendable, Hashable {
    /// The day from which the next instance is counted.
    package enum Anchor: String, Sendable, CaseIterable {
        case due
        case completion
    }

    package let recurrence: Recurrence
    package let anchor: Anchor

    package init(_ recurrence: Recurrence, from anchor: Anchor) {
        (self.recurrence, self.anchor) = (recurrence, anchor)
    }

    /// The anchor and the rule, `due;FREQ=DAILY`.
    package var storedText: String { "\(anchor.rawValue);\(recurrence.text)" }

    /// Nil for a text that is not one of these.
    package init?(stored text: String) {
        guard let end = text.firstIndex(of: ";"), let anchor = Anchor(rawValue: String(text[..<end])),
            let recurrence = try? Recurrence(String(text[end...].dropFirst()))
        else { return nil }
        self.init(recurrence, from: anchor)
    }
}
