import Basics
import Crypto
import Synchronization

/// The keys that a service publishes, cached. A token with an unknown key leads to a new look, but not more often than
/// the minimum interval allows, and while the service does not respond, known keys remain in use.
final class KeySetCache: Sendable {
    /// Fetches the keys that the service publishes at present; nil if that failed.
    typealias Fetch = @Sendable () async -> JWKSet?

    private struct State {
        var keys: JWKSet?
        var foundAt: Timestamp?
    }

    /// The age at which keys are fetched again.
    private static let maximumAgeSeconds: Int64 = 300

    private let state = Mutex(State())
    private let lookUp: SingleFlight

    /// - Parameter minimumIntervalSeconds: the minimum time between two fetches.
    init(minimumIntervalSeconds: Int64) { lookUp = SingleFlight(minimumIntervalSeconds: minimumIntervalSeconds) }

    /// True once keys were asked for.
    var hasBegun: Bool { lookUp.hasBegun }

    /// The cached key that a token names; nil says nothing about it.
    func key(for token: JWS) -> VerificationKey? { state.withLock { $0.keys?.key(for: token) } }

    /// Like `key(for:)`, and renews keys of some age.
    func knownKey(for token: JWS, at time: Timestamp, _ fetch: @escaping Fetch) -> VerificationKey? {
        let (known, foundAt) = state.withLock { ($0.keys?.key(for: token), $0.foundAt) }
        // Keys that are no longer published are forgotten too, without a request having to wait for it.
        if known != nil, let foundAt, !foundAt.isRecent(at: time, forSeconds: Self.maximumAgeSeconds) {
            Task { await renew(at: time, fetch) }
        }
        return known
    }

    /// The key that a token names, fetched if it is not known.
    func key(for token: JWS, at time: Timestamp, _ fetch: @escaping Fetch) async -> VerificationKey? {
        if let known = knownKey(for: token, at: time, fetch) { return known }
        await renew(at: time, fetch)
        return key(for: token)
    }

    func renew(at time: Timestamp, _ fetch: @escaping Fetch) async {
        await lookUp.run(at: time) { [self] in
            guard let keys = await fetch() else { return }
            state.withLock { ($0.keys, $0.foundAt) = (keys, time) }
        }
    }

    /// True if the service publishes the same key, whatever its name.
    func contains(_ key: VerificationKey) -> Bool {
        state.withLock { $0.keys?.keys.contains { $0.isSameKey(as: key) } ?? false }
    }
}
