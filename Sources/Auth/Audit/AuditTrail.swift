import Basics
import Crypto
import Domain
import Synchronization

/// Records attempts that failed. What succeeds is recorded by the store, together with what was done.
///
/// Clients that fail on purpose must not fill the disk. A wrong password of an account that exists is always a row:
/// throttles and hashes bound those. Of everything else from one network the first of a minute are rows of their own,
/// as far as `AuditBudget` has room; the rest becomes rows that count it.
package final class AuditTrail: Sendable {
    /// A minute in which somebody fails.
    private struct Burst {
        var startedAt: Timestamp
        var written: Int
        /// How many are still to be told of, since when, and the last of them.
        var unwritten = 0
        var last: AuditEvent
    }

    private static let burstSeconds: Int64 = 60
    /// How many failures from one address are rows of their own, within a minute.
    package static let failuresInFull = 30
    /// How many bursts are told apart; those beyond count together.
    private static let maximumBursts = 2000

    private let store: any AuditStore
    private let addresses: HMACs
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    private struct State {
        var bursts: [String: Burst] = [:]
        var budget = AuditBudget()
    }

    package init(
        store: any AuditStore, secrets: Secrets, now: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
    ) throws {
        self.store = store
        self.now = now
        addresses = try secrets.hmacs(for: "audit addresses")
    }

    /// Why somebody did not get in.
    package enum Failure: String, Sendable {
        case unknownAccount = "unknown account"
        case wrongPassword = "wrong password"
        case inactiveAccount = "deactivated account"
    }

    /// - Throws: `AppError.storageUnavailable`: an attempt that cannot be recorded is not answered as one.
    func signInFailed(
        _ failure: Failure, email: EmailAddress?, user: UserID?, from client: Client
    ) async throws {
        var event = AuditEvent(
            .signInFailed, .fail, at: now(), by: client.source, user: user, [.init("reason", failure.rawValue)])
        guard user == nil else { return try await store.append(event) }
        event.addressDigest = try digest(email)
        try await record(event, "failed", from: client, limit: Self.failuresInFull)
    }

    /// The current password was asked for, and was wrong.
    /// - Throws: `AppError.storageUnavailable`.
    func passwordChangeFailed(of user: UserID, from client: Client) async throws {
        let event = AuditEvent(
            .passwordChangeFailed, .fail, at: now(), by: client.source, user: user,
            [.init("reason", Failure.wrongPassword.rawValue)])
        try await store.append(event)
    }

    /// Somebody who is signed in asked for what is not theirs. Never throws: they are refused in any case.
    func accessRefused(to user: UserID, from client: Client) async {
        let event = AuditEvent(.accessRefused, .fail, at: now(), by: client.source, user: user)
        try? await record(event, "refused", from: client, limit: Self.failuresInFull)
    }

    /// A form came without the token that our page puts into it. Never throws.
    package func formRefused(to user: UserID?, from client: Client) async {
        let event = AuditEvent(.formRefused, .fail, at: now(), by: client.source, user: user)
        try? await record(event, "form", from: client, limit: Self.failuresInFull)
    }

    /// A request that would have changed something came from a page that may not. Never throws.
    package func originRefused(_ origin: String?, from client: Client) async {
        let details = origin.map { [AuditEvent.Detail("origin", String(decoding: $0.utf8.prefix(120), as: UTF8.self))] }
        let event = AuditEvent(.originRefused, .fail, at: now(), by: client.source, details ?? [])
        try? await record(event, "origin", from: client, limit: Self.failuresInFull)
    }

    /// A bearer token was refused that is not merely too old. Never throws.
    /// - Parameter wasGoodOnce: whether it is ours, and its session has ended.
    package func tokenRefused(wasGoodOnce: Bool, from client: Client) async {
        let event = AuditEvent(
            wasGoodOnce ? .tokenReused : .tokenRefused, .fail, at: now(), by: client.source,
            [.init("reason", wasGoodOnce ? "session ended" : "unknown or forged")])
        try? await record(event, "token", from: client, limit: Self.failuresInFull)
    }

    /// A link that sets a password was used that is not good, or not any more. Never throws.
    package func resetLinkRefused(from client: Client) async {
        let event = AuditEvent(
            .tokenReused, .fail, at: now(), by: client.source, [.init("purpose", "reset link")])
        try? await record(event, "reset", from: client, limit: Self.failuresInFull)
    }

    /// To be called for each request that a throttle turns away unheard; one row a minute for each account and
    /// address. Never throws: whoever is to be turned away is, also when the disk is full.
    /// - Parameter email: as it was sent, if it is an address; whether it has an account is not looked up.
    package func throttled(_ limit: String, email: EmailAddress?, from client: Client) async {
        let digest = try? digest(email)
        var event = AuditEvent(.throttled, .fail, at: now(), by: client.source, [.init("limit", limit)])
        event.addressDigest = digest
        try? await record(event, "throttled \(limit) \(digest ?? "")", from: client, limit: 1)
    }

    package func record(_ event: AuditEvent) async throws { try await store.append(event) }

    /// The same for one address, worth nothing to whoever does not have the secret. Nil for no address.
    private func digest(_ email: EmailAddress?) throws -> String? {
        try email.map { Hexadecimal.encode(try addresses.code(for: $0.text.utf8).prefix(16)) }
    }

    // MARK: Bursts

    private func record(_ event: AuditEvent, _ name: String, from client: Client, limit: Int) async throws {
        let network = client.network
        let event = state.withLock { Self.count(event, "\(name) \(network)", from: network, limit: limit, in: &$0) }
        if let event { try await store.append(event) }
    }

    /// - Returns: what is to be written now; nil where the event was only counted.
    private static func count(
        _ event: AuditEvent, _ key: String, from network: String, limit: Int, in state: inout State
    ) -> AuditEvent? {
        // What continues a burst is only counted in it, and takes no room.
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

    /// - Returns: what is to be written now: the event, or what was counted before it.
    private static func write(_ event: AuditEvent, in burst: inout Burst?, limit: Int) -> AuditEvent {
        if var known = burst, !isOver(known, at: event.at) {
            known.written += 1
            burst = known
            return event
        }
        let summary = burst.flatMap(summary(of:))
        // While it goes on there is one row a minute, so this one counts towards the next.
        burst = Burst(
            startedAt: event.at, written: summary == nil ? 1 : limit, unwritten: summary == nil ? 0 : 1, last: event)
        return summary ?? event
    }

    private static func isOver(_ burst: Burst, at time: Timestamp) -> Bool {
        // A clock that was set back ends it too.
        !(burst.startedAt...burst.startedAt.adding(seconds: burstSeconds - 1)).contains(time)
    }

    private static func summary(of burst: Burst) -> AuditEvent? {
        guard burst.unwritten > 0 else { return nil }
        var event = burst.last
        event.details += [
            .init("count", String(burst.unwritten)), .init("since", burst.startedAt.rfc3339),
        ]
        return event
    }

    /// Writes the counts of minutes that are over, or of all before the program ends. What cannot be written stays.
    package func flush(isLast: Bool = false) async throws {
        let time = now()
        // Taken out before they are written, so that what comes meanwhile is counted apart.
        let due = state.withLock { state in
            let due = state.bursts.filter { isLast || Self.isOver($0.value, at: time) }
            for (key, burst) in due {
                if burst.unwritten == 0 {
                    state.bursts[key] = nil
                } else {
                    state.bursts[key]?.unwritten = 0
                    state.bursts[key]?.startedAt = time
                }
            }
            return due
        }
        for (key, burst) in due {
            guard let summary = Self.summary(of: burst) else { continue }
            do {
                try await store.append(summary)
            } catch {
                state.withLock { $0.bursts[key]?.unwritten += burst.unwritten }
                throw error
            }
        }
    }
}
