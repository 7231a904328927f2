import Domain
import Synchronization

/// Records attempts that failed. What succeeds is recorded by the store, together with what was done.
///
/// A crowd that tries passwords must not fill the disk: of failures from one address, and of refusals by a throttle
/// for one account from one address, the first in a minute are rows of their own; the rest becomes one row that
/// counts them.
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
    private let bursts = Mutex<[String: Burst]>([:])

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
        if user == nil { event.addressDigest = try digest(email) }
        try await record(event, key: "failed \(client.ipAddress)", limit: Self.failuresInFull)
    }

    /// The current password was asked for, and was wrong.
    /// - Throws: `AppError.storageUnavailable`.
    func passwordChangeFailed(of user: UserID, from client: Client) async throws {
        let event = AuditEvent(
            .passwordChangeFailed, .fail, at: now(), by: client.source, user: user,
            [.init("reason", Failure.wrongPassword.rawValue)])
        try await record(event, key: "failed \(client.ipAddress)", limit: Self.failuresInFull)
    }

    /// Somebody who is signed in asked for what is not theirs. Never throws: they are refused in any case.
    func accessRefused(to user: UserID, from client: Client) async {
        let event = AuditEvent(.accessRefused, .fail, at: now(), by: client.source, user: user)
        try? await record(event, key: "refused \(client.ipAddress)", limit: Self.failuresInFull)
    }

    /// To be called for each request that a throttle turns away unheard; one row a minute for each account and
    /// address. Never throws: whoever is to be turned away is, also when the disk is full.
    /// - Parameter email: as it was sent, if it is an address; whether it has an account is not looked up.
    package func throttled(_ limit: String, email: EmailAddress?, from client: Client) async {
        let digest = try? digest(email)
        var event = AuditEvent(.throttled, .fail, at: now(), by: client.source, [.init("limit", limit)])
        event.addressDigest = digest
        try? await record(event, key: "throttled \(limit) \(digest ?? "") \(client.ipAddress)", limit: 1)
    }

    package func record(_ event: AuditEvent) async throws { try await store.append(event) }

    /// The same for one address, worth nothing to whoever does not have the secret. Nil for no address.
    private func digest(_ email: EmailAddress?) throws -> String? {
        try email.map { Crypto.hexadecimal(try addresses.code(for: $0.text.utf8).prefix(16)) }
    }

    // MARK: Bursts

    private func record(_ event: AuditEvent, key: String, limit: Int) async throws {
        let event = bursts.withLock { bursts in
            let isKnown = bursts[key] != nil || bursts.count < Self.maximumBursts
            return Self.count(event, in: &bursts[isKnown ? key : "other \(event.kind)"], limit: limit)
        }
        if let event { try await store.append(event) }
    }

    /// - Returns: what is to be written now: the event, what was counted before it, or nothing.
    private static func count(_ event: AuditEvent, in burst: inout Burst?, limit: Int) -> AuditEvent? {
        guard var known = burst, !isOver(known, at: event.at) else {
            let summary = burst.flatMap(summary(of:))
            // While it goes on there is one row a minute, so this one counts towards the next.
            burst = Burst(
                startedAt: event.at, written: summary == nil ? 1 : limit, unwritten: summary == nil ? 0 : 1, last: event
            )
            return summary ?? event
        }
        if known.written < limit {
            known.written += 1
            burst = known
            return event
        }
        known.unwritten += 1
        known.last = event
        burst = known
        return nil
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
        let due = bursts.withLock { bursts in
            let due = bursts.filter { isLast || Self.isOver($0.value, at: time) }
            for (key, burst) in due {
                if burst.unwritten == 0 {
                    bursts[key] = nil
                } else {
                    bursts[key]?.unwritten = 0
                    bursts[key]?.startedAt = time
                }
            }
            return due
        }
        for (key, burst) in due {
            guard let summary = Self.summary(of: burst) else { continue }
            do {
                try await store.append(summary)
            } catch {
                bursts.withLock { $0[key]?.unwritten += burst.unwritten }
                throw error
            }
        }
    }
}
