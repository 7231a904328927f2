import Basics
import Crypto
import Domain
import Metrics
import Synchronization

/// Records failed attempts. Successful operations are recorded by the store, in the transaction of the change.
///
/// Clients that fail on purpose must not fill the disk. A wrong password for an existing account always gets a row:
/// throttles and hashing bound those. Of all other failures from one network, the first of each minute get rows of
/// their own, as far as `AuditBudget` allows; the rest are summarized in rows that count them.
package final class AuditTrail: Sendable {
    /// A minute in which one client fails.
    private struct Burst {
        var startedAt: Timestamp
        var written: Int
        /// The number of unrecorded failures, and the last of them.
        var unwritten = 0
        var last: AuditEvent
        /// The start of the unrecorded failures; nil for that of the minute.
        var since: Timestamp?

        /// Takes over the unrecorded failures of a burst whose summary could not be written.
        mutating func add(_ earlier: Burst) {
            unwritten += earlier.unwritten
            since = earlier.since ?? earlier.startedAt
        }
    }

    private static let burstSeconds: Int64 = 60
    /// The number of failures from one address that get rows of their own within a minute.
    package static let failuresInFull = 30
    /// The number of bursts tracked separately; those beyond count together.
    private static let maximumBursts = 2000

    private let store: any AuditStore
    private let addresses: HMACs
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())
    /// All of them, whether they got a row or not.
    package let throttledActs = CounterGroup<ThrottledAct>()

    private struct State {
        var bursts: [String: Burst] = [:]
        var budget = AuditBudget()
    }

    package init(
        store: any AuditStore, secrets: Secrets, now: @escaping @Sendable () -> Timestamp
    ) throws {
        self.store = store
        self.now = now
        addresses = try secrets.hmacs(for: "audit addresses")
    }

    /// The reason why a sign-in failed.
    package enum Failure: String, Sendable {
        case unknownAccount = "unknown account"
        case wrongPassword = "wrong password"
        case inactiveAccount = "deactivated account"
        case deletionPending = "deletion requested"
        case emailNotVerified = "address not verified"
        case wrongCode = "wrong code"
        case refusedPasskey = "refused passkey"
    }

    /// - Parameter cause: the exact reason, for the operator.
    /// - Throws: `AppError.storageUnavailable`: an attempt that cannot be recorded is not answered as one.
    func signInFailed(
        _ failure: Failure, email: EmailAddress?, user: UserID?, cause: String? = nil, from client: Client
    ) async throws {
        var event = AuditEvent(
            .signInFailed, .fail, at: now(), by: client.source, user: user, [.init("reason", failure.rawValue)])
        if let cause { event.details.append(.init("cause", cause)) }
        guard user == nil else { return try await store.append(event) }
        event.addressDigest = try digest(email)
        try await record(event, "failed", from: client, limit: Self.failuresInFull)
    }

    /// A visit to a sign-in provider failed. Never throws.
    func providerRefused(_ provider: String, _ reason: String, from client: Client) async {
        let event = AuditEvent(
            .signInFailed, .fail, at: now(), by: client.source,
            [.init("provider", provider), .init("reason", reason)])
        try? await record(event, "provider", from: client, limit: Self.failuresInFull)
    }

    /// The event of a wrong second factor, which the store records.
    /// - Parameters:
    ///   - failures: their number in a row.
    ///   - cause: the reason why a passkey was refused; nil for a code.
    func wrongSecondFactor(
        of user: UserID, failures: Int64, cause: String?, locks: Bool, at time: Timestamp, from client: Client
    ) -> AuditEvent {
        let reason: Failure = cause == nil ? .wrongCode : .refusedPasskey
        return AuditEvent(
            locks ? .secondFactorLocked : .signInFailed, .fail, at: time, by: client.source, user: user,
            [.init("reason", reason.rawValue)] + (cause.map { [.init("cause", $0)] } ?? [])
                + [.init("failures", String(failures))])
    }

    /// The current password was required, and was wrong.
    /// - Throws: `AppError.storageUnavailable`.
    func passwordChangeFailed(of user: UserID, from client: Client) async throws {
        let event = AuditEvent(
            .passwordChangeFailed, .fail, at: now(), by: client.source, user: user,
            [.init("reason", Failure.wrongPassword.rawValue)])
        try await store.append(event)
    }

    /// A signed-in user requested something that belongs to another. Never throws: the request is refused in any case.
    func accessRefused(to user: UserID, from client: Client) async {
        let event = AuditEvent(.accessRefused, .fail, at: now(), by: client.source, user: user)
        try? await record(event, "refused", from: client, limit: Self.failuresInFull)
    }

    /// A form came without the token that our page puts into it. Never throws.
    package func formRefused(to user: UserID?, from client: Client) async {
        let event = AuditEvent(.formRefused, .fail, at: now(), by: client.source, user: user)
        try? await record(event, "form", from: client, limit: Self.failuresInFull)
    }

    /// A request that would have made a change came from an untrusted page. Never throws.
    package func originRefused(_ origin: String?, from client: Client) async {
        let details = origin.map { [AuditEvent.Detail("origin", String(decoding: $0.utf8.prefix(120), as: UTF8.self))] }
        let event = AuditEvent(.originRefused, .fail, at: now(), by: client.source, details ?? [])
        try? await record(event, "origin", from: client, limit: Self.failuresInFull)
    }

    /// A bearer token was refused that is not merely expired. Never throws.
    /// - Parameter wasGoodOnce: true if it is ours and its session has ended.
    package func tokenRefused(wasGoodOnce: Bool, from client: Client) async {
        let event = AuditEvent(
            wasGoodOnce ? .tokenReused : .tokenRefused, .fail, at: now(), by: client.source,
            [.init("reason", wasGoodOnce ? "session ended" : "unknown or forged")])
        try? await record(event, "token", from: client, limit: Self.failuresInFull)
    }

    /// The kind of a link that was refused.
    package enum Link: String, Sendable {
        case reset = "reset link"
        case verification = "verification link"
        case emailChange = "address change link"
        case deletion = "deletion link"
        case recovery = "recovery link"
        case proof = "proof code"
        case invitation
        case setup = "setup token"
    }

    /// A link was used that is invalid or expired. Never throws.
    package func linkRefused(_ link: Link, from client: Client) async {
        let event = AuditEvent(
            .tokenReused, .fail, at: now(), by: client.source, [.init("purpose", link.rawValue)])
        try? await record(event, link.rawValue, from: client, limit: Self.failuresInFull)
    }

    /// The event of a link that was asked for by e-mail. The store adds the account, if there is one.
    func linkRequested(_ purpose: String, email: EmailAddress, at time: Timestamp, from client: Client) throws
        -> AuditEvent
    {
        AuditEvent(
            .tokenCreated, at: time, by: client.source, addressDigest: try digest(email),
            [.init("purpose", purpose)])
    }

    /// To be called for each request that a throttle rejects unprocessed; one row a minute for each account and
    /// address. Never throws: the request is rejected even if the disk is full.
    /// - Parameter email: as sent, if it is an address; the account is not looked up.
    package func throttled(_ act: ThrottledAct, email: EmailAddress?, from client: Client) async {
        throttledActs.increment(act)
        let digest = try? digest(email)
        var event = AuditEvent(.throttled, .fail, at: now(), by: client.source, [.init("limit", act.rawValue)])
        event.addressDigest = digest
        try? await record(event, "throttled \(act) \(digest ?? "")", from: client, limit: 1)
    }

    /// The last events of a user, the newest first.
    package func newest(of user: UserID, limit: Int) async throws -> [AuditRecord] {
        try await store.newest(of: user, limit: limit)
    }

    package func record(_ event: AuditEvent) async throws { try await store.append(event) }

    /// A stable digest of an address, useless without the secret. Nil for no address.
    private func digest(_ email: EmailAddress?) throws -> String? {
        try email.map { Hexadecimal.encode(try addresses.code(for: $0.text.utf8).prefix(16)) }
    }

    // MARK: Bursts

    private func record(_ event: AuditEvent, _ name: String, from client: Client, limit: Int) async throws {
        let network = client.network
        let key = "\(name) \(network)"
        let due = state.withLock { Self.count(event, key, from: network, limit: limit, in: &$0) }
        guard let due else { return }
        do {
            try await store.append(due.event)
        } catch {
            if let counted = due.counted { keep(counted, key) }
            throw error
        }
    }

    /// Counts the failures of a burst again whose summary could not be written.
    private func keep(_ burst: Burst, _ key: String) {
        state.withLock { state in
            var known = state.bursts[key] ?? Burst(startedAt: now(), written: 0, last: burst.last)
            known.add(burst)
            state.bursts[key] = known
        }
    }

    /// - Returns: the event to write now, and the burst that it is the summary of, if it is one; nil if the event was
    ///   only counted.
    private static func count(
        _ event: AuditEvent, _ key: String, from network: String, limit: Int, in state: inout State
    ) -> (event: AuditEvent, counted: Burst?)? {
        // The continuation of a burst is only counted in it, and takes no room.
        if let known = state.bursts[key], !isOver(known, at: event.at), known.written >= limit {
            countOnly(event, in: &state.bursts[key])
            return nil
        }
        let refusal =
            state.bursts[key] == nil && state.bursts.count >= maximumBursts
            ? .all : state.budget.take(for: network, at: event.at)
        switch refusal {
        case nil: return write(event, in: &state.bursts[key], limit: limit)
        case .network: countOnly(event, in: &state.bursts["\(event.kind) \(network)"])
        case .all: countOnly(event, in: &state.bursts["\(event.kind) everywhere"])
        }
        return nil
    }

    /// Leaves the event to the next summary.
    private static func countOnly(_ event: AuditEvent, in burst: inout Burst?) {
        var known = burst ?? Burst(startedAt: event.at, written: 0, last: event)
        known.unwritten += 1
        known.last = event
        burst = known
    }

    /// - Returns: the event to write now: this one, or a summary of those counted before it, with their burst.
    private static func write(
        _ event: AuditEvent, in burst: inout Burst?, limit: Int
    ) -> (event: AuditEvent, counted: Burst?) {
        if var known = burst, !isOver(known, at: event.at) {
            known.written += 1
            burst = known
            return (event, nil)
        }
        let counted = burst
        let summary = counted.flatMap(summary(of:))
        // During a burst there is one row a minute, so this one counts towards the next.
        burst = Burst(
            startedAt: event.at, written: summary == nil ? 1 : limit, unwritten: summary == nil ? 0 : 1, last: event)
        return summary.map { ($0, counted) } ?? (event, nil)
    }

    private static func isOver(_ burst: Burst, at time: Timestamp) -> Bool {
        // A clock that was set back ends it too.
        !(burst.startedAt...burst.startedAt.adding(seconds: burstSeconds - 1)).contains(time)
    }

    private static func summary(of burst: Burst) -> AuditEvent? {
        guard burst.unwritten > 0 else { return nil }
        var event = burst.last
        event.details += [
            .init("count", String(burst.unwritten)), .init("since", (burst.since ?? burst.startedAt).rfc3339),
        ]
        return event
    }

    /// Writes the counts of completed minutes, or of all before shutdown. Counts that cannot be written are kept.
    package func flush(isLast: Bool = false) async throws {
        let time = now()
        // Removed before they are written, so that concurrent failures are counted separately.
        let due = state.withLock { state in
            let due = state.bursts.filter { isLast || Self.isOver($0.value, at: time) }
            for (key, burst) in due {
                if burst.unwritten == 0 {
                    state.bursts[key] = nil
                } else {
                    state.bursts[key]?.unwritten = 0
                    state.bursts[key]?.since = nil
                    state.bursts[key]?.startedAt = time
                }
            }
            return due
        }
        var failure: (any Error)?
        for (key, burst) in due {
            guard let summary = Self.summary(of: burst) else { continue }
            do {
                try await store.append(summary)
            } catch {
                keep(burst, key)
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}
