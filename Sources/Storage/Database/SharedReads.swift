import Synchronization

/// Reads values by their keys, many with one query: calls that come while enough queries are on their way share the
/// next one. A value is never older than the call for it.
///
/// Few calls have a query each, so that none waits for another's. While calls wait, only half as many queries are on
/// their way, and each is for more of them.
final class SharedReads<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private enum Turn: Sendable {
        /// Another call has read the value, if there is one.
        case value(Value?)
        /// The call makes the query for itself and for those that wait.
        case query
    }

    private struct Call: Sendable {
        let key: Key
        let continuation: CheckedContinuation<Turn, any Error>
    }

    private struct State {
        var queries = 0
        var waiting: [Call] = []
    }

    private static var maximumKeys: Int { 64 }

    private let state = Mutex(State())
    private let maximumQueries: Int
    private var queriesWhileOthersWait: Int { max(1, maximumQueries / 2) }
    private let read: @Sendable ([Key]) async throws -> [Key: Value]

    /// - Parameters:
    ///   - maximumQueries: the number of queries that are on their way at most.
    ///   - read: finds the values of different keys, with one query.
    init(maximumQueries: Int, read: @escaping @Sendable ([Key]) async throws -> [Key: Value]) {
        (self.maximumQueries, self.read) = (maximumQueries, read)
    }

    /// The number of queries, and of calls that wait to share one.
    var callCount: Int { state.withLock { $0.queries + $0.waiting.count } }

    /// Returns nil if the key has no value.
    /// - Throws: the error of the query for it, or of the one that it waited for.
    func value(of key: Key) async throws -> Value? {
        let turn = try await withCheckedThrowingContinuation { continuation in
            let queriesNow = state.withLock { state in
                guard state.queries < (state.waiting.isEmpty ? maximumQueries : queriesWhileOthersWait) else {
                    state.waiting.append(Call(key: key, continuation: continuation))
                    return false
                }
                state.queries += 1
                return true
            }
            if queriesNow { continuation.resume(returning: .query) }
        }
        switch turn {
        case .value(let value): return value
        case .query: return try await query(with: key)
        }
    }

    private func query(with key: Key) async throws -> Value? {
        let others = state.withLock { state in
            let calls = Array(state.waiting.prefix(Self.maximumKeys - 1))
            state.waiting.removeFirst(calls.count)
            return calls
        }
        let found: [Key: Value]
        do {
            found = try await read(Array(Set(others.map(\.key) + [key])))
        } catch {
            // Each of those that wait would otherwise wait for a time limit of its own, one after the other.
            for call in others + takeWaiting() { call.continuation.resume(throwing: error) }
            throw error
        }
        passOn()
        for call in others { call.continuation.resume(returning: .value(found[call.key])) }
        return found[key]
    }

    /// Ends a query, and takes all calls that wait.
    private func takeWaiting() -> [Call] {
        state.withLock { state in
            defer { (state.queries, state.waiting) = (state.queries - 1, []) }
            return state.waiting
        }
    }

    /// Lets the call that has waited longest read next.
    private func passOn() {
        let next = state.withLock { state -> Call? in
            guard !state.waiting.isEmpty, state.queries <= queriesWhileOthersWait else {
                state.queries -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.continuation.resume(returning: .query)
    }
}
