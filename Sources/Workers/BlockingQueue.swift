/// A bounded first-in, first-out queue on which threads can wait; once closed, it stays closed.
package final class BlockingQueue<Element: Sendable>: Sendable {
    private let elements = Monitor<[Element]>([])
    private let capacity: Int

    package init(capacity: Int = .max) { self.capacity = capacity }

    package var count: Int { elements.look(\.count) }

    package enum PushResult: Sendable { case accepted, full, closed }

    /// Adds an element without waiting; the result tells if the queue is full or closed.
    package func push(_ element: Element) -> PushResult {
        elements.change { elements in
            guard elements.count < capacity else { return .full }
            elements.append(element)
            return .accepted
        } ?? .closed
    }

    /// Waits for an element; nil once the queue is closed and empty.
    package func pop() -> Element? {
        elements.take { $0.isEmpty ? nil : $0.removeFirst() }
    }

    /// Waits for at least one element and takes all available ones, at most `limit`; empty once the queue is closed and
    /// empty.
    package func popAll(limit: Int = .max) -> [Element] {
        elements.take { elements in
            guard !elements.isEmpty else { return nil }
            guard elements.count > limit else {
                defer { elements.removeAll(keepingCapacity: true) }
                return elements
            }
            defer { elements.removeFirst(limit) }
            return Array(elements.prefix(limit))
        } ?? []
    }

    /// Accepts nothing more; the elements in the queue are still handed out.
    package func close() { elements.close { _ in } }
}
