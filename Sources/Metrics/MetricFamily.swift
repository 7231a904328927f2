/// All samples of one name.
package struct MetricFamily: Sendable, Equatable {
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    package let kind: Kind
    package let name: String
    /// A sentence for people.
    package let help: String
    package var samples: [MetricSample]

    package init(_ kind: Kind, _ name: String, _ help: String, _ samples: [MetricSample]) {
        self.kind = kind
        self.name = name
        self.help = help
        self.samples = samples
    }

    package static func counter(_ name: String, _ help: String, _ value: Double) -> MetricFamily {
        MetricFamily(.counter, name, help, [MetricSample(value)])
    }

    package static func counter(_ name: String, _ help: String, _ counter: Counter) -> MetricFamily {
        .counter(name, help, Double(counter.value))
    }

    package static func gauge(_ name: String, _ help: String, _ value: Double) -> MetricFamily {
        MetricFamily(.gauge, name, help, [MetricSample(value)])
    }

    /// A gauge that is left out where there is no value.
    package static func gauge(_ name: String, _ help: String, _ value: Int64?) -> MetricFamily {
        MetricFamily(.gauge, name, help, value.map { [MetricSample(Double($0))] } ?? [])
    }

    package static func histogram(_ name: String, _ help: String, _ values: HistogramValues) -> MetricFamily {
        MetricFamily(.histogram, name, help, [MetricSample(values)])
    }
}
