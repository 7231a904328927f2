import Domain
import Synchronization

/// Recently read revisions, for a database with one server: the server knows its own writes, and reads again after a
/// tenth of a second for those of commands and other programs. Polls that find nothing new then need not ask the
/// database.
///
/// Each account has one slot, which it may share with others; the slot holds the account that was read last.
final class RevisionCache: Sendable {
    private struct Slot {
        var owner: UserID?
        var revision = Revision.initial
        /// Milliseconds of the monotonic clock.
        var readAt: Int64 = 0
        /// The number of writes of the accounts that share the slot.
        var writes: UInt64 = 0
    }

    /// Taken before a revision is read, to detect writes during the read.
    struct Ticket { fileprivate let writes: UInt64 }

    private static let maximumAgeMilliseconds: Int64 = 100
    private static let slotCount = 1024

    private let slots = Mutex([Slot](repeating: Slot(), count: slotCount))
    private let now: @Sendable () -> Int64

    /// - Parameter now: milliseconds of a monotonic clock.
    init(now: @escaping @Sendable () -> Int64) { self.now = now }

    func revision(of owner: UserID) -> Revision? {
        let time = now()
        return slots.withLock { slots in
            let slot = slots[Self.index(of: owner)]
            return slot.owner == owner && time - slot.readAt < Self.maximumAgeMilliseconds ? slot.revision : nil
        }
    }

    func ticket(for owner: UserID) -> Ticket { slots.withLock { Ticket(writes: $0[Self.index(of: owner)].writes) } }

    /// Keeps a revision, unless there was a write since the ticket was taken.
    func insert(_ revision: Revision, of owner: UserID, _ ticket: Ticket) {
        let time = now()
        slots.withLock { slots in
            let index = Self.index(of: owner)
            guard slots[index].writes == ticket.writes else { return }
            (slots[index].owner, slots[index].revision, slots[index].readAt) = (owner, revision, time)
        }
    }

    /// To be called after each write, before its caller learns of it.
    func forget(_ owner: UserID) {
        slots.withLock { slots in
            let index = Self.index(of: owner)
            slots[index].owner = nil
            slots[index].writes &+= 1
        }
    }

    private static func index(of owner: UserID) -> Int { Int(UInt(bitPattern: owner.hashValue) % UInt(slotCount)) }
}
