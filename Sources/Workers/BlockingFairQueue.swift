/// A `FairQueue` on which threads can wait; once closed, it stays closed.
package final class BlockingFairQueue<Element: Sendable>: Sendable {
    private let elements: Monitor<FairQueue<Element>>

    package init(capacity: Int) { elements = Monitor(FairQueue(capacity: capacity)) }

    package var count: Int { elements.look(\.count) }

    /// Adds an element without waiting.
    /// - Returns: nil once the queue is closed.
    package func push(_ element: Element, for share: FairShare, cost: Int = 1) -> FairQueue<Element>.PushResult? {
        elements.change { $0.push(element, for: share, cost: cost) }
    }

    /// Waits for an element; nil once the queue is closed.
    package func pop() -> Element? {
        elements.take { $0.isEmpty ? nil : $0.pop() }
    }

    /// Closes the queue: nothing more is accepted or passed to waiting threads.
    /// - Returns: the elements that were waiting.
    package func close() -> [Element] { elements.close { $0.removeAll() } }
}
