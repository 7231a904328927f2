import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite struct SharedReadsTests {
    private struct Failure: Error {}

    /// Answers queries when told to, and remembers them.
    private final class Source: Sendable {
        private let state = Mutex<(queries: [[Int]], waiting: [CheckedContinuation<Void, any Error>])>(([], []))

        var queries: [[Int]] { state.withLock { $0.queries } }

        func read(_ keys: [Int]) async throws -> [Int: String] {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { state in
                    state.queries.append(keys.sorted())
                    state.waiting.append(continuation)
                }
            }
            return Dictionary(uniqueKeysWithValues: keys.filter { $0 >= 0 }.map { ($0, "value \($0)") })
        }

        func waits(for count: Int) async throws {
            while queries.count < count { try await Task.sleep(for: .milliseconds(1)) }
        }

        /// Answers the query that has waited longest.
        func answers(_ result: Result<Void, any Error> = .success(())) {
            state.withLock { $0.waiting.removeFirst() }.resume(with: result)
        }
    }

    private final class Number: Sendable {
        private let value = Mutex(0)

        func increase(by amount: Int) -> Int {
            value.withLock { value in
                value += amount
                return value
            }
        }
    }

    /// Calls for each of the keys, once earlier calls have their query or are waiting.
    private func calls(_ keys: [Int], _ reads: SharedReads<Int, String>) async throws -> [Task<String?, any Error>] {
        var tasks: [Task<String?, any Error>] = []
        for key in keys {
            tasks.append(Task { try await reads.value(of: key) })
            while reads.callCount < tasks.count { try await Task.sleep(for: .milliseconds(1)) }
        }
        return tasks
    }

    @Test func `calls share the next query while enough are on their way`() async throws {
        let source = Source()
        let reads = SharedReads<Int, String>(maximumQueries: 2) { try await source.read($0) }
        let tasks = try await calls([1, 2, 3, 4, 3, -1], reads)
        #expect(source.queries == [[1], [2]])
        source.answers()
        #expect(try await tasks[0].value == "value 1")
        #expect(source.queries.count == 2)
        source.answers()
        try await source.waits(for: 3)
        #expect(source.queries[2] == [-1, 3, 4])
        source.answers()
        var values: [String?] = []
        for task in tasks { values.append(try await task.value) }
        #expect(values == ["value 1", "value 2", "value 3", "value 4", "value 3", nil])
        #expect(source.queries.count == 3 && reads.callCount == 0)
    }

    @Test func `a query that fails fails those who share it or wait, and the next goes on`() async throws {
        let source = Source()
        let reads = SharedReads<Int, String>(maximumQueries: 1) { try await source.read($0) }
        let tasks = try await calls([1, 2, 3], reads)
        source.answers()
        #expect(try await tasks[0].value == "value 1")
        try await source.waits(for: 2)
        #expect(source.queries[1] == [2, 3])
        let late = Task { try await reads.value(of: 4) }
        while reads.callCount < 2 { try await Task.sleep(for: .milliseconds(1)) }
        source.answers(.failure(Failure()))
        for task in tasks[1...] + [late] { await #expect(throws: Failure.self) { try await task.value } }
        #expect(reads.callCount == 0)
        let next = Task { try await reads.value(of: 5) }
        try await source.waits(for: 3)
        source.answers()
        #expect(try await next.value == "value 5")
    }

    @Test func `a query has a limited number of keys, and none is forgotten`() async throws {
        let source = Source()
        let reads = SharedReads<Int, String>(maximumQueries: 1) { try await source.read($0) }
        let tasks = try await calls(Array(0...200), reads)
        for number in 1...5 {
            try await source.waits(for: number)
            #expect(source.queries[number - 1].count <= 64)
            source.answers()
        }
        for (key, task) in tasks.enumerated() { #expect(try await task.value == "value \(key)") }
        #expect(source.queries.flatMap(\.self).sorted() == Array(0...200))
    }

    @Test func `no value is older than the call for it`() async throws {
        let current = Number()
        let reads = SharedReads<Int, Int>(maximumQueries: 3) { keys in
            let value = current.increase(by: 0)
            await Task.yield()
            return Dictionary(uniqueKeysWithValues: keys.map { ($0, value) })
        }
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<20 {
                group.addTask {
                    for round in 0..<500 {
                        let before = current.increase(by: round % 3)
                        let value = try? await reads.value(of: (worker + round) % 7)
                        #expect(value.map { $0 >= before } ?? false)
                    }
                }
            }
        }
    }
}
