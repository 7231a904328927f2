/// The labels of a sample, in the order in which they are written.
///
/// Every value has to come from a set that the program knows: a value that clients choose would let them make series
/// without end, and could carry what belongs to a user.
package struct MetricLabels: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    package struct Label: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    package let all: [Label]

    package init(_ all: [Label]) { self.all = all }

    package init(dictionaryLiteral elements: (String, String)...) {
        all = elements.map { Label(name: $0.0, value: $0.1) }
    }

    func with(_ name: String, _ value: String) -> MetricLabels { MetricLabels(all + [Label(name: name, value: value)]) }

    /// The order of samples within their family.
    static func precedes(_ left: MetricLabels, _ right: MetricLabels) -> Bool {
        left.all.lexicographicallyPrecedes(right.all) { ($0.name, $0.value) < ($1.name, $1.value) }
    }
}
