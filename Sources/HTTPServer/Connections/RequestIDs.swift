import Synchronization

/// Generates request ids: eight characters that differ with each start of the program, and a sequence number.
package final class RequestIDs: Sendable {
    private let prefix: String
    private let counter = Atomic<UInt64>(0)

    package init() {
        let chance = String(UInt32.random(in: .min ... .max), radix: 16)
        prefix = String(repeating: "0", count: 8 - chance.utf8.count) + chance + "-"
    }

    package func next() -> String {
        prefix + String(counter.wrappingAdd(1, ordering: .relaxed).newValue, radix: 16)
    }
}
