/// How far a piece of work has come that may take long.
package struct WorkStep: Sendable, Equatable {
    package enum Unit: String, Sendable { case bytes, rows, files }

    /// The name of the work, such as `copying`. The rate is that of all steps with one name.
    package let name: String
    /// The part that is being worked on.
    package let detail: String?
    package let done: Int64
    /// Nil if it is not known.
    package let total: Int64?
    package let unit: Unit

    package init(_ name: String, detail: String? = nil, _ done: Int64, of total: Int64?, _ unit: Unit) {
        (self.name, self.detail, self.done, self.total, self.unit) = (name, detail, done, total, unit)
    }

    /// Work of unknown extent.
    package init(_ name: String) { self.init(name, 0, of: nil, .rows) }

    package var isComplete: Bool { total.map { done >= $0 } ?? false }
}
