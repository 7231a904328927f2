/// Writes families in Prometheus' text format, version 0.0.4.
package struct MetricsText {
    /// Prometheus refuses a scrape whose media type it cannot parse.
    package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    private var text = ""

    /// - Parameter families: those of one name are joined where the first of them stands; those without samples are
    ///   left out.
    package static func render(_ families: [MetricFamily]) -> String {
        var joined: [MetricFamily] = []
        var places: [String: Int] = [:]
        for family in families where !family.samples.isEmpty {
            if let place = places[family.name] {
                joined[place].samples += family.samples
            } else {
                places[family.name] = joined.count
                joined.append(family)
            }
        }
        var writer = MetricsText()
        for family in joined { writer.write(family) }
        return writer.text
    }

    private mutating func write(_ family: MetricFamily) {
        text += "# HELP \(family.name) \(Self.escaped(family.help, quotes: false))\n"
        text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
        for sample in family.samples.sorted(by: { MetricLabels.precedes($0.labels, $1.labels) }) {
            switch sample.value {
            case .number(let value): write(family.name, sample.labels, Self.number(value))
            case .histogram(let values): write(family.name, sample.labels, values)
            }
        }
    }

    private mutating func write(_ name: String, _ labels: MetricLabels, _ values: HistogramValues) {
        var total: UInt64 = 0
        for (index, count) in values.counts.enumerated() {
            total += count
            let bound = index < values.bounds.count ? Self.number(values.bounds[index]) : "+Inf"
            write(name + "_bucket", labels.with("le", bound), String(total))
        }
        write(name + "_sum", labels, Self.number(values.sum))
        write(name + "_count", labels, String(total))
    }

    private mutating func write(_ name: String, _ labels: MetricLabels, _ value: String) {
        text += name
        if !labels.all.isEmpty {
            text += "{"
            text += labels.all.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }.joined(separator: ",")
            text += "}"
        }
        text += " \(value)\n"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += #"\\"#
            case "\n": escaped += #"\n"#
            case "\"" where quotes: escaped += #"\""#
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }
}
