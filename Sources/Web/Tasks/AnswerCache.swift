import Basics
import Domain
import HTTPServer
import Synchronization

/// Answers that are made of somebody's list, given again while that list is what it was. A page that is looked at, and
/// a program that asks every few seconds whether there is anything new, ask for the same again and again.
///
/// Whether it is what it was, the store says for each request; there is no time for which an old answer would do. Where
/// the store can't say (on PostgreSQL), nothing is kept.
package final class AnswerCache: Sendable {
    /// What an answer depends on besides the list: byte for byte, as two texts that Unicode holds for equal are two.
    struct Key: Hashable {
        private var bytes: [UInt8] = []

        init(_ parts: String...) {
            bytes.reserveCapacity(parts.reduce(parts.count) { $0 + $1.utf8.count })
            for part in parts {
                part.withBytes { bytes.append(contentsOf: $0) }
                // In no text of UTF-8.
                bytes.append(0xFF)
            }
        }

        var count: Int { bytes.count }
    }

    private struct Entry {
        let version: TasksVersion
        let response: Response
        /// Bytes, with about what a table and the headers take.
        let size: Int

        init(_ response: Response, at version: TasksVersion, for key: Key) {
            self.version = version
            self.response = response
            size = response.body.storageCapacity + key.count + 1024
        }
    }

    /// Two generations: when the younger is full, the older is forgotten.
    private struct Table {
        var younger: [Key: Entry] = [:]
        var older: [Key: Entry] = [:]
        /// Bytes in the younger.
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

    /// - Parameter size: bytes that are kept at most; 0 for none.
    package init(size: Int) { generationSize = size / 2 }

    /// - Parameters:
    ///   - version: of the list, taken before this is called; nil where nobody can say.
    ///   - make: makes the answer, of the list as it is or any later one.
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
