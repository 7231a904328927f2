import Basics
import TestSupport
import Testing

@Suite struct ByteLocksTests {
    @Test func `one open file excludes another, byte by byte`() async throws {
        try await withTemporaryDirectory { directory in
            let (one, other) = (try ByteLocks(directory + "/lock"), try ByteLocks(directory + "/lock"))
            #expect(try one.lock(1, .exclusive))
            #expect(try one.lock(1, .exclusive))
            #expect(try !other.lock(1, .exclusive))
            #expect(try !other.lock(1, .shared))
            #expect(try other.lock(2, .exclusive))
            #expect(other.isHeldByOther(1))
            #expect(!other.isHeldByOther(2))
            one.unlock(1)
            #expect(!other.isHeldByOther(1))
            #expect(try other.lock(1, .exclusive))
        }
    }

    @Test func `several share a byte, and each knows of the others`() async throws {
        try await withTemporaryDirectory { directory in
            let one = try ByteLocks(directory + "/lock")
            #expect(try one.lock(2, .shared))
            #expect(!one.isHeldByOther(2))
            do {
                let other = try ByteLocks(directory + "/lock")
                #expect(try other.lock(2, .shared))
                #expect(one.isHeldByOther(2))
                #expect(other.isHeldByOther(2))
                #expect(try !other.lock(2, .exclusive))
            }
            // The lock ends with its open file.
            #expect(!one.isHeldByOther(2))
            #expect(try one.lock(2, .exclusive))
        }
    }

    @Test func `a file that cannot be made is an error`() {
        #expect(throws: SystemError.self) { try ByteLocks("/nowhere/lock") }
    }
}
