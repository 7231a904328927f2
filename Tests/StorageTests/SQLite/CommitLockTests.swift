import Basics
import Domain
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// Several databases on one file stand for as many processes: their locks exclude each other alike.
@Suite struct CommitLockTests {
    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isSet: Bool { value.withLock { $0 } }
        func set() { value.withLock { $0 = true } }
    }

    private func withTwo(_ work: (SQLiteDatabase, SQLiteDatabase, String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/test.db"
            let (one, other) = (try SQLiteDatabase(path: path), try SQLiteDatabase(path: path))
            defer {
                one.close()
                other.close()
            }
            try await work(one, other, path)
        }
    }

    @Test func `the lock is held while a transaction writes, and free afterwards`() async throws {
        try await withTwo { one, _, path in
            let locks = try ByteLocks(DatabaseUse.lockFile(of: path))
            let wasHeld = try await one.write { _ in locks.isHeldByOther(DatabaseUse.commitByte) }
            #expect(wasHeld)
            // The response comes after the commit and its checkpoint.
            #expect(!locks.isHeldByOther(DatabaseUse.commitByte))
            struct Refused: Error {}
            await #expect(throws: Refused.self) { try await one.write { _ in throw Refused() } }
            #expect(!locks.isHeldByOther(DatabaseUse.commitByte))
        }
    }

    @Test func `a transaction does not begin while another process holds it, and reads go on`() async throws {
        try await withTwo { one, other, path in
            try await one.write { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            let locks = try ByteLocks(DatabaseUse.lockFile(of: path))
            #expect(try locks.lock(DatabaseUse.commitByte, .exclusive))
            let isReleased = Flag()
            let seen = try await withThrowingTaskGroup(of: Bool.self) { group in
                for database in [one, other] {
                    group.addTask {
                        try await database.write {
                            _ = try $0.execute("INSERT INTO t VALUES (1)")
                            return isReleased.isSet
                        }
                    }
                }
                let count = try await one.read { try $0.row("SELECT COUNT(*) FROM t") { $0.integer(0) } }
                #expect(count == 0)
                isReleased.set()
                locks.unlock(DatabaseUse.commitByte)
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(seen == [true, true])
        }
    }

    @Test func `two processes that write more than one log lose nothing`() async throws {
        try await withTwo { one, other, path in
            try await one.write { _ = try $0.execute("CREATE TABLE t (a BIGINT, b TEXT)") }
            let text = String(repeating: "x", count: 3000)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, database) in [one, other].enumerated() {
                    group.addTask {
                        for number in 0..<1500 {
                            let key = Int64(index * 10_000 + number)
                            try await database.write { _ = try $0.execute("INSERT INTO t VALUES (\(key), \(text))") }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let count = try await other.read { try $0.row("SELECT COUNT(DISTINCT a) FROM t") { $0.integer(0) } }
            #expect(count == 3000)
            // The log was emptied on the way, by either.
            #expect(try FileSystem.size(of: path) > 6 << 20)
            let check = try await one.read { try $0.row("PRAGMA integrity_check") { $0.text(0) } }
            #expect(check == "ok")
        }
    }

    @Test func `servers on one file know of each other and of each other's changes`() async throws {
        try await withTwo { one, other, path in
            let third = try SQLiteDatabase(path: path)
            let (changesOfOne, heardByOne) = AsyncStream<Change>.makeStream()
            let (changesOfOther, heardByOther) = AsyncStream<Change>.makeStream()
            try one.listen { heardByOne.yield($0) }
            #expect(!one.hasOtherServer)
            try other.listen { heardByOther.yield($0) }
            try third.listen { _ in }
            third.close()
            #expect(one.hasOtherServer && other.hasOtherServer)
            for (writer, changes) in [(one, changesOfOther), (other, changesOfOne)] {
                try await writer.write { try $0.announce(.signingKeys) }
                #expect(await changes.first { _ in true } == .anything)
            }
        }
    }

    @Test func `neither a stopped server nor a command counts as another server`() async throws {
        try await withTwo { one, _, path in
            try one.listen { _ in }
            let other = try SQLiteDatabase(path: path)
            try other.listen { _ in }
            #expect(one.hasOtherServer)
            other.close()
            #expect(!one.hasOtherServer)
        }
    }
}
