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
    }

    /// Two generations: when the younger is full, the older is forgotten.
    private struct Table {
        var younger: [Key: Entry] = [:]
        var older: [Key: Entry] = [:]
        /// Bytes in the younger.
        var size = 0
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
        if let entry = table.withLock({ $0.younger[key] ?? $0.older[key] }), entry.version == version {
            return entry.response
        }
        let response = try await make()
        // With what a table and the headers take.
        let size = response.body.readableBytes + key.count + 1024
        guard response.status == .ok, size <= generationSize / 4 else { return response }
        table.withLock { table in
            if table.size + size > generationSize { table = Table(older: table.younger) }
            table.younger[key] = Entry(version: version, response: response)
            // What it takes the place of is counted until its generation goes.
            table.size += size
        }
        return response
    }
}
