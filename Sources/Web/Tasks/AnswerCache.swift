import Calendar
import Domain
import HTTPServer
import Metrics
import Synchronization

/// A cache of responses derived from a task list, served while the list is at the same revision. Pages that are viewed
/// and programs that poll request the same response repeatedly.
package final class AnswerCache: Sendable {
    /// The other inputs of a response besides the list, compared byte for byte, as canonically equivalent texts differ.
    struct Key: Hashable {
        private let texts: JoinedTexts

        init(_ parts: String...) { texts = JoinedTexts(parts) }

        var count: Int { texts.bytes.count }
    }

    struct Entry {
        let response: Response
        /// The tag of a response that has one.
        let tag: TaskTag?
        fileprivate let revision: Revision
        /// When it is valid, on the reader's clock; nil for always.
        fileprivate let period: Range<LocalDateTime>?
        /// The size in bytes, including an estimate for the table and the headers.
        fileprivate let size: Int

        fileprivate func isValid(at revision: Revision, _ clock: LocalDateTime?) -> Bool {
            guard self.revision == revision else { return false }
            guard let period else { return true }
            return clock.map(period.contains) ?? false
        }
    }

    /// Two generations: when the younger is full, the older is dropped.
    private struct Table {
        var younger: [Key: Entry] = [:]
        var older: [Key: Entry] = [:]
        /// Their sizes in bytes.
        var size = 0
        var olderSize = 0
        var hits: UInt64 = 0
        var misses: UInt64 = 0

        mutating func entry(for key: Key, _ generationSize: Int) -> Entry? {
            if let entry = younger[key] { return entry }
            guard let entry = older[key] else { return nil }
            insert(entry, for: key, generationSize)
            return entry
        }

        mutating func insert(_ entry: Entry, for key: Key, _ generationSize: Int) {
            if size + entry.size > generationSize {
                (younger, older) = ([:], younger)
                (size, olderSize) = (0, size)
            }
            let replaced = younger.updateValue(entry, forKey: key)
            size += entry.size - (replaced?.size ?? 0)
        }
    }

    private let table = Mutex(Table())
    private let generationSize: Int

    /// - Parameter size: the maximum size in bytes; 0 disables the cache.
    package init(size: Int) { generationSize = size / 2 }

    /// The response to this key at this revision, if there is one.
    /// - Parameter clock: the time on the reader's clock; nil if no response depends on it.
    func entry(for key: Key, at revision: Revision, _ clock: LocalDateTime? = nil) -> Entry? {
        guard generationSize > 0 else { return nil }
        return table.withLock { table in
            guard let entry = table.entry(for: key, generationSize), entry.isValid(at: revision, clock) else {
                table.misses &+= 1
                return nil
            }
            table.hits &+= 1
            return entry
        }
    }

    /// Keeps a response that shows the list at this or a later revision.
    /// - Parameter period: when it is valid, on the reader's clock; nil for always.
    func insert(
        _ response: Response, tag: TaskTag?, for key: Key, at revision: Revision,
        during period: Range<LocalDateTime>? = nil
    ) {
        let size = response.body.storageCapacity + key.count + 1024
        guard response.status == .ok, size <= generationSize / 4 else { return }
        let entry = Entry(response: response, tag: tag, revision: revision, period: period, size: size)
        table.withLock { $0.insert(entry, for: key, generationSize) }
    }

    /// For metrics; nothing if the cache is disabled.
    package var metrics: [MetricFamily] {
        guard generationSize > 0 else { return [] }
        let (hits, misses, size) = table.withLock { ($0.hits, $0.misses, $0.size + $0.olderSize) }
        return [
            MetricFamily(
                .counter, "latchkey_answer_cache_requests_total",
                "Lists and pages that were looked for in the cache of rendered ones.",
                [MetricSample(Double(hits), ["result": "hit"]), MetricSample(Double(misses), ["result": "miss"])]),
            .gauge("latchkey_answer_cache_bytes", "Memory of the cache of rendered lists and pages.", Double(size)),
        ]
    }
}
