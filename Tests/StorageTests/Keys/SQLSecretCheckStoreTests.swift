import TestSupport
import Testing

@testable import Storage

@Suite struct SQLSecretCheckStoreTests {
    @Test func `of concurrent first checks, one decides and the others see it`() async throws {
        try await TestDatabase.with { database in
            let store = SQLSecretCheckStore(database)
            let seen = try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        try await store.settle { ($0.code == nil ? "code \(number)" : nil, $0.code) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let kept = try await store.evidence().code
            #expect(kept != nil)
            #expect(seen.filter { $0 == nil }.count == 1)
            #expect(seen.compactMap { $0 }.allSatisfy { $0 == kept })
        }
    }

    @Test func `a refusal stores nothing`() async throws {
        struct Refusal: Error {}
        try await TestDatabase.with { database in
            let store = SQLSecretCheckStore(database)
            await #expect(throws: Refusal.self) { try await store.settle { _ -> (String?, Void) in throw Refusal() } }
            #expect(try await store.evidence().code == nil)
            try await store.settle { _ in ("one", ()) }
            try await store.settle { _ in ("two", ()) }
            #expect(try await store.evidence().code == "two")
        }
    }
}
