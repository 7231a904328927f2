/// One series of a family, with its value at the time of the scrape.
package struct MetricSample: Sendable, Equatable {
    package enum Reading: Sendable, Equatable {
        case number(Double)
        case histogram(HistogramValues)
    }

    package let labels: MetricLabels
    package let value: Reading

    package init(_ value: Double, _ labels: MetricLabels = [:]) {
        self.labels = labels
        self.value = .number(value)
    }

    package init(_ value: HistogramValues, _ labels: MetricLabels = [:]) {
        self.labels = labels
        self.value = .histogram(value)
    }
}
