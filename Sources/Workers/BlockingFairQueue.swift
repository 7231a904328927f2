/// A `FairQueue` that threads may wait on, closed once for all.
package final class BlockingFairQueue<Element: Sendable>: Sendable {
    private let elements: Monitor<FairQueue<Element>>

    package init(capacity: Int) { elements = Monitor(FairQueue(capacity: capacity)) }

    /// Never waits.
    /// - Returns: nil once the queue is closed.
    package func push(_ element: Element, for share: FairShare, cost: Int = 1) -> FairQueue<Element>.PushResult? {
        elements.change { $0.push(element, for: share, cost: cost) }
    }

    /// Waits for an element; nil once the queue is closed.
    package func pop() -> Element? {
        elements.take { $0.isEmpty ? nil : $0.pop() }
    }

    /// Nothing more comes in or goes out to the threads that wait.
    /// - Returns: the elements that were waiting.
    package func close() -> [Element] { elements.close { $0.removeAll() } }
}
