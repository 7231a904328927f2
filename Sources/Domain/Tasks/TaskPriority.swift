/// How important a task is. Stored as the number of RFC 5545, section 3.8.1.9, of which each priority has several.
package enum TaskPriority: String, Sendable, CaseIterable {
    case none, low, medium, high

    /// The numbers that stand for the priority.
    package var numbers: ClosedRange<Int64> {
        switch self {
        case .none: 0...0
        case .low: 6...9
        case .medium: 5...5
        case .high: 1...4
        }
    }

    /// The number that is stored for the priority, unless one of its others is stored already.
    package var number: Int64 {
        switch self {
        case .none: 0
        case .low: 9
        case .medium: 5
        case .high: 1
        }
    }

    /// - Parameter number: a stored number; one that the RFC does not define is none.
    package init(number: Int64) { self = Self.allCases.first { $0.numbers.contains(number) } ?? .none }
}
