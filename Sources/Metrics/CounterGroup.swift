/// A counter for each value of a label. All of them are there from the start, so that the first event is seen as a
/// change.
package final class CounterGroup<Label: CaseIterable & Hashable & RawRepresentable<String> & Sendable>: Sendable {
    private let counters: [Label: Counter]

    package init() {
        counters = Dictionary(Label.allCases.map { ($0, Counter()) }) { first, _ in first }
    }

    package subscript(_ label: Label) -> UInt64 { counters[label]?.value ?? 0 }

    package func increment(_ label: Label) { counters[label]?.increment() }

    /// - Parameter label: the label's name.
    package func family(_ name: String, _ help: String, by label: String) -> MetricFamily {
        let samples = Label.allCases.map { value in
            let text = value.rawValue.map { $0 == " " || $0 == "-" ? "_" : $0 }
            return MetricSample(Double(self[value]), [label: String(text)])
        }
        return MetricFamily(.counter, name, help, samples)
    }
}
