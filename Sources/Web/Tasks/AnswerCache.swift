import Basics
import Domain
import HTTPServer
import Synchronization

/// A cache of responses derived from a task list, served while the list is unchanged. Pages that are viewed and
/// programs that poll request the same response repeatedly.
///
/// The store determines for each request if the list is unchanged; stale responses are never served. If the store can't
/// tell (on PostgreSQL), nothing is cached.
package final class AnswerCache: Sendable {
    /// The other inputs of a response besides the list, compared byte for byte, as canonically equivalent texts differ.
    struct Key: Hashable {
        private var bytes: [UInt8] = []

        init(_ parts: String...) {
            bytes.reserveCapacity(parts.reduce(parts.count) { $0 + $1.utf8.count })
            for part in parts {
                part.withBytes { bytes.append(contentsOf: $0) }
                // Does not occur in UTF-8 text.
                bytes.append(0xFF)
            }
        }

        var count: Int { bytes.count }
    }

    private struct Entry {
        let version: TasksVersion
        let response: Response
        /// The size in bytes, including an estimate for the table and the headers.
        let size: Int

        init(_ response: Response, at version: TasksVersion, for key: Key) {
            self.version = version
            self.response = response
            size = response.body.storageCapacity + key.count + 1024
        }
    }

    /// Two generations: when the younger is full, the older is dropped.
    private struct Table {
        var younger: [Key: Entry] = [:]
        var older: [Key: Entry] = [:]
        /// The younger's size in bytes.
        var size = 0

        mutating func entry(for key: Key, _ generationSize: Int) -> Entry? {
            if let entry = younger[key] { return entry }
            guard let entry = older[key] else { return nil }
            insert(entry, for: key, generationSize)
            return entry
        }

        mutating func insert(_ entry: Entry, for key: Key, _ generationSize: Int) {
            if size + entry.size > generationSize { self = Table(older: younger) }
            let replaced = younger.updateValue(entry, forKey: key)
            size += entry.size - (replaced?.size ?? 0)
        }
    }

    private let table = Mutex(Table())
    private let generationSize: Int

    /// - Parameter size: the maximum size in bytes; 0 disables the cache.
    package init(size: Int) { generationSize = size / 2 }

    /// - Parameters:
    ///   - version: the list's version, taken before this call; nil if unknown.
    ///   - make: renders the response from the current list or any later one.
    func answer(
        to key: @autoclosure () -> Key, at version: TasksVersion?, _ make: () async throws -> Response
    ) async throws -> Response {
        guard let version, generationSize > 0 else { return try await make() }
        let key = key()
        if let entry = table.withLock({ $0.entry(for: key, generationSize) }), entry.version == version {
            return entry.response
        }
        let response = try await make()
        let entry = Entry(response, at: version, for: key)
        guard response.status == .ok, entry.size <= generationSize / 4 else { return response }
        table.withLock { $0.insert(entry, for: key, generationSize) }
        return response
    }
}
