import Basics
import Calendar

/// Carries out changes of an account's tasks within its quota and its write rate.
struct TaskWriter: Sendable {
    let store: any TaskStore
    let ids: UUIDv7Generator
    let zones: TimeZoneDatabase
    let allowance: AccountAllowance
    let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - bytes: the size of the texts that the client sent, for the write rate.
    ///   - growth: the most by which the account can grow.
    ///   - exactGrowth: finds out by how much it will grow; asked only if there is no room for the most.
    ///   - undone: the change that is to be undone: what it takes is not given up for room.
    ///   - once: nil for a request that takes effect each time it is sent.
    func write<Value: Sendable>(
        for user: TaskOwner, bytes: Int64 = 0, growth: Int64 = 0, exactGrowth: (() async throws -> Int64)? = nil,
        undoing undone: UndoID? = nil, once: RepeatableWrite<Value>?,
        _ work: @escaping @Sendable (TaskEditor) throws -> Value
    ) async throws -> WriteOutcome<Value> {
        // Looked up first, so that repeating a request costs no write.
        if let once, let answer = try await store.storedAnswer(once.digest, of: user.id) { return .repeated(answer) }
        if bytes > 0 { try allowance.take(bytes: bytes, for: user.id) }
        // The answer is kept, too; most are shorter.
        let most = max(growth, TaskItem.overhead) + (once == nil ? 0 : Self.answerSize)
        var (reserved, actual) = (most, Int64(0))
        if try await !hasRoom(for: most, of: user.id) {
            if growth > 0 {
                if let exactGrowth { reserved = try await exactGrowth() }
                try await makeRoom(for: reserved, of: user.id)
            } else {
                reserved = 0
                try await giveUpLittle(of: user.id, keeping: undone)
            }
        }
        defer { allowance.correct(by: actual - reserved, for: user.id) }
        let time = now()
        let rules = user.timeZone.flatMap(zones.rules) ?? .utc
        let today = rules.local(at: time).date
        let outcome = try await store.write(user.id, undo: UndoID(rawValue: ids.next(at: time)), at: time, once: once) {
            try work(
                TaskEditor(
                    transaction: $0, time: time, today: today, startOfToday: rules.start(of: today), ids: ids,
                    zones: zones))
        }
        if case .done(let written) = outcome { actual = written.growth }
        return outcome
    }

    /// Without a key.
    func write<Value: Sendable>(
        for user: TaskOwner, bytes: Int64 = 0, growth: Int64 = 0, exactGrowth: (() async throws -> Int64)? = nil,
        _ work: @escaping @Sendable (TaskEditor) throws -> Value
    ) async throws -> Written<Value> {
        switch try await write(
            for: user, bytes: bytes, growth: growth, exactGrowth: exactGrowth, once: nil, work)
        {
        case .done(let written): return written
        // Only a write with a key can have been carried out before.
        case .repeated: throw TaskService.noSuchTask
        }
    }

    /// For a write that is never refused: gives up earlier answers, and then what would undo earlier changes.
    private func giveUpLittle(of owner: UserID, keeping kept: UndoID?) async throws {
        var freed = try await store.deleteStoredAnswers(of: owner)
        if freed == 0 { freed = try await store.deleteUndo(of: owner, keeping: kept) }
        allowance.correct(by: -freed, for: owner)
    }

    /// Reserves space; if necessary, gives up what would undo earlier changes, then the trash, and then the answers to
    /// earlier requests.
    private func makeRoom(for bytes: Int64, of owner: UserID) async throws {
        while try await !hasRoom(for: bytes, of: owner) {
            var freed = try await store.deleteUndo(of: owner, keeping: nil)
            if freed == 0 { freed = try await store.shrinkTrash(of: owner) }
            if freed == 0 { freed = try await store.deleteStoredAnswers(of: owner) }
            guard freed > 0 else { throw AllowanceRules.quotaRefusal(of: allowance.rules.quota ?? 0) }
            allowance.correct(by: -freed, for: owner)
        }
    }

    /// The size of the answer to a change of a task, without its texts.
    private static let answerSize: Int64 = 1024

    /// Reserves space if there is enough.
    private func hasRoom(for bytes: Int64, of owner: UserID) async throws -> Bool {
        try await allowance.reserve(bytes, for: owner) { try await store.usage(of: owner) }
    }
}
