import Basics
import Crypto
import Domain
import HTTPClient
import JSON
import Synchronization

/// Verifies tokens of other services by the keys that they publish, and finds or creates the accounts of their users.
///
/// The `iss` of a token selects the issuer before any key is considered: a key that another issuer publishes too must
/// not select the account. Key sets are cached; a token with an unknown key triggers a new fetch, but not more often
/// than the minimum interval allows, and while the service does not respond, known keys remain in use.
package final class TrustedIssuers: Sendable {
    private final class Source: Sendable {
        struct State {
            /// The discovery document's `issuer`, and its `jwks_uri` if it may be followed.
            var discoveredIssuer: String?
            var discoveredKeySetURL: String?
            var discoveryFailure: String?
        }

        let issuer: TrustedIssuer
        let state = Mutex(State())
        let keys: KeySetCache
        let discovery: SingleFlight

        init(_ issuer: TrustedIssuer, minimumIntervalSeconds: Int64) {
            self.issuer = issuer
            keys = KeySetCache(minimumIntervalSeconds: minimumIntervalSeconds)
            discovery = SingleFlight(minimumIntervalSeconds: minimumIntervalSeconds)
        }
    }

    /// A condition that the operator should know about, for the log.
    package struct Report: Sendable, Hashable {
        package enum Kind: String, Sendable {
            case keysNotFetched = "the keys of a trusted issuer could not be fetched"
            case sharedKey = "a key is refused because two trusted issuers publish it"
            case unknownIssuer = "a token names an issuer that is not trusted"
        }

        package let kind: Kind
        package let issuer: String
        package let cause: String
    }

    private static let reportIntervalSeconds: Int64 = 60
    /// The time for which a first token waits for the key sets of other issuers, so that a key published by two is
    /// noticed at once.
    private static let patienceForOthers = Duration.milliseconds(300)
    private static let accepted: Set<JWSAlgorithm> = [.edDSA, .rs256, .es256]

    private let sources: [Source]
    private let fetcher: any DocumentFetcher
    private let store: any IdentityStore
    private let signUp: SignUpPolicy
    private let ids: UUIDv7Generator
    private let report: @Sendable (Report) -> Void
    private let reportedAt = Mutex<[String: Timestamp]>([:])

    /// - Parameters:
    ///   - minimumIntervalSeconds: the minimum time between two fetches from one service.
    ///   - signUp: the rule for creating accounts. A token carries no invitation.
    ///   - report: receives at most one report of a kind per minute and issuer.
    package init(
        _ issuers: [TrustedIssuer], fetcher: any DocumentFetcher, minimumIntervalSeconds: Int64 = 30,
        store: any IdentityStore, signUp: SignUpPolicy = SignUpPolicy(), ids: UUIDv7Generator,
        report: @escaping @Sendable (Report) -> Void = { _ in }
    ) {
        sources = issuers.map { Source($0, minimumIntervalSeconds: minimumIntervalSeconds) }
        self.fetcher = fetcher
        self.store = store
        self.signUp = signUp
        self.ids = ids
        self.report = report
    }

    /// The local user that a trusted issuer's token is about; created when first seen.
    /// - Parameter name: the token's `iss`.
    /// - Throws: `AppError.unauthenticated`.
    func identity(
        _ token: JWS, issuer name: String?, at time: Timestamp, from client: @Sendable () -> Client
    ) async throws -> Identity {
        guard Self.accepted.contains(token.algorithm), !sources.isEmpty,
            let source = await source(of: name, at: time),
            let key = await key(for: token, of: source, at: time), key.verifies(token)
        else { throw AppError.invalidToken }
        let issuer = source.issuer
        let claims = try TokenClaims(payload: token.payload, at: time)
        if let audience = issuer.audience, !claims.audiences.contains(where: { $0.hasSameBytes(as: audience) }) {
            throw AppError.invalidToken
        }
        let user = try await user(claims, of: issuer, at: time, from: client)
        guard !user.hasSecondFactor || issuer.asksForSecondFactor else { throw AppError.secondFactorUnproved }
        // A service may give its users any id, even that of an account here; then the id in a path means the account.
        let isTaken = try await store.user(UserID(rawValue: claims.subject)) != nil
        return Identity(user: user, by: .issuer(subject: isTaken ? nil : claims.subject))
    }

    private func user(
        _ claims: TokenClaims, of issuer: TrustedIssuer, at time: Timestamp, from client: @Sendable () -> Client
    ) async throws -> User {
        let identity = ExternalIdentity(issuer: issuer.namespace, subject: claims.subject)
        if let known = try await store.user(identity) { return try SessionService.active(known) }
        guard let email = claims.email.flatMap(EmailAddress.init) else {
            throw AppError.unauthenticated("The token names no e-mail address, so no account can be made for it.")
        }
        // Before the address is looked at: a refusal must not tell whether it has an account.
        guard signUp.mode == .open else {
            throw AppError.unauthenticated(
                "The token's user has no account here, and tokens make none. Ask the operator of this server for one.")
        }
        guard signUp.admits(email) else {
            throw AppError.unauthenticated(
                "The token's user has no account here, and addresses at this domain cannot sign up.")
        }
        let username = claims.name.flatMap { try? Username.checked($0) } ?? nil
        let user = User(
            id: UserID(rawValue: ids.next(at: time)), email: email, username: username, isActive: true, createdAt: time,
            updatedAt: time)
        let event = AuditEvent(
            .userCreated, at: time, by: client().source, user: user.id,
            [.init("issuer", issuer.namespace), .init("subject", claims.subject)])
        do {
            try await store.insert(user, identity: identity, recording: event)
            return user
        } catch AppError.emailTaken {
            // Either the same token arrived twice at once, or an account here has that address. The address alone
            // proves nothing: the other service could name any.
            if let known = try await store.user(identity) { return try SessionService.active(known) }
            throw AppError.unauthenticated("Another account here has the e-mail address of this token.")
        }
    }

    // MARK: Issuers

    /// The issuer that a token names; a token that names none belongs to the only issuer.
    private func source(of text: String?, at time: Timestamp) async -> Source? {
        let only = sources.count == 1 ? sources[0] : nil
        guard let text else { return only?.issuer.allowsMissingIssuer == true ? only : nil }
        if let configured = sources.first(where: { $0.issuer.issuerTexts.contains { $0.hasSameBytes(as: text) } }) {
            return configured
        }
        if let only, only.issuer.issuerTexts.isEmpty { return only }
        if let discovered = discoveredSource(of: text) { return discovered }
        if let discovered = await discoverSource(of: text, at: time) { return discovered }
        tell(
            .unknownIssuer, String(decoding: text.utf8.prefix(200), as: UTF8.self),
            "Trusted are \(sources.map(\.issuer.name).joined(separator: ", ")). If it is one of them, name this text with JWT_ISSUER or in TRUSTED_ISSUERS_FILE.",
            onceFor: "", at: time)
        return nil
    }

    private func discoveredSource(of text: String) -> Source? {
        let found = sources.filter { $0.state.withLock { $0.discoveredIssuer?.hasSameBytes(as: text) ?? false } }
        return found.count == 1 ? found[0] : nil
    }

    /// Fetches discovery documents until one names this issuer. A service that hangs delays only tokens that no other
    /// document accounts for.
    private func discoverSource(of text: String, at time: Timestamp) async -> Source? {
        // An `iss` that differs only by a trailing slash indicates the service to ask.
        let similar = sources.filter { $0.issuer.hasIssuerText(like: text) }
        let asked = (similar.isEmpty ? sources : similar).filter(\.issuer.allowsDiscovery)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        for source in asked {
            Task {
                await self.discover(source, at: time)
                end.yield()
            }
        }
        for await _ in ends.prefix(asked.count) {
            if let found = discoveredSource(of: text) { return found }
        }
        return nil
    }

    private func discover(_ source: Source, at time: Timestamp) async {
        guard let url = source.issuer.discoveryURL else { return }
        await source.discovery.run(at: time) { [self] in
            var failure: String?
            do {
                let document = try await fetcher.fetch(url)
                guard case .object(let members)? = try? JSONReader.read(document),
                    case .string(let issuer)? = members["issuer"]
                else { throw FetchError("\(url) is not a discovery document.") }
                // The configured identifier of one issuer can never be claimed by another.
                let isTaken = sources.contains { $0 !== source && $0.issuer.hasIssuerText(like: issuer) }
                if isTaken { throw FetchError("\(url) names the issuer of another service.") }
                if source.issuer.allowsDiscovery { source.state.withLock { $0.discoveredIssuer = issuer } }
                if case .string(let named)? = members["jwks_uri"] {
                    guard let place = WebAddress(named), WebAddress(url)?.hasSameOrigin(as: place) == true else {
                        throw FetchError(
                            "\(url) places the keys on another host; name their address in TRUSTED_ISSUERS_FILE.")
                    }
                    source.state.withLock { $0.discoveredKeySetURL = named }
                }
            } catch {
                failure = "\(error)"
            }
            source.state.withLock { $0.discoveryFailure = failure }
        }
    }

    // MARK: Keys

    /// The key that a token names, unless another issuer publishes the same one.
    private func key(for token: JWS, of source: Source, at time: Timestamp) async -> VerificationKey? {
        var key = source.keys.knownKey(for: token, at: time) { [self] in await publishedKeys(of: source, at: time) }
        if key == nil {
            // Fetched together with the first key ever needed, so that a key of two issuers is noticed before it is
            // used.
            let unasked = source.keys.hasBegun ? [] : sources.filter { $0 !== source && !$0.keys.hasBegun }
            async let others: Void = lookUp(unasked, at: time)
            await lookUp(source, at: time)
            await others
            key = source.keys.key(for: token)
        }
        guard let key else { return nil }
        for other in sources where other !== source && other.keys.contains(key) {
            tell(
                .sharedKey, source.issuer.name, "\(other.issuer.name) publishes its key \(key.id ?? "without a name").",
                at: time)
            return nil
        }
        return key
    }

    /// Fetches the keys of several issuers, and waits only briefly for those that don't respond.
    private func lookUp(_ others: [Source], at time: Timestamp) async {
        guard !others.isEmpty else { return }
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        for other in others {
            Task {
                await self.lookUp(other, at: time)
                end.yield()
            }
        }
        Task {
            try? await Task.sleep(for: Self.patienceForOthers)
            end.finish()
        }
        for await _ in ends.prefix(others.count) {}
    }

    /// Fetches the keys that the service currently publishes.
    private func lookUp(_ source: Source, at time: Timestamp) async {
        await source.keys.renew(at: time) { [self] in await publishedKeys(of: source, at: time) }
    }

    /// Nil if they could not be fetched, which is logged.
    private func publishedKeys(of source: Source, at time: Timestamp) async -> JWKSet? {
        do {
            return try await fetchKeys(of: source, at: time)
        } catch {
            tell(.keysNotFetched, source.issuer.name, "\(error)", at: time)
            return nil
        }
    }

    private func fetchKeys(of source: Source, at time: Timestamp) async throws -> JWKSet {
        var failures: [String] = []
        func keySet(at url: String) async throws -> JWKSet? {
            do {
                if let keys = JWKSet(try await fetcher.fetch(url)) { return keys }
                failures.append("\(url) is not a JWK Set with one key for each name.")
            } catch let failure as FetchError where failure.isMissingDocument {
                failures.append(failure.description)
            }
            return nil
        }
        let discovered = source.state.withLock { $0.discoveredKeySetURL }
        for url in [discovered].compactMap({ $0 }) + source.issuer.keySetURLs {
            if let keys = try await keySet(at: url) { return keys }
        }
        if discovered == nil {
            await discover(source, at: time)
            let (url, failure) = source.state.withLock { ($0.discoveredKeySetURL, $0.discoveryFailure) }
            if let url, let keys = try await keySet(at: url) { return keys }
            if let failure { failures.append(failure) }
        }
        throw FetchError(failures.joined(separator: " "))
    }

    /// - Parameter subject: the issuer by default; reports are rate-limited by it.
    private func tell(
        _ kind: Report.Kind, _ issuer: String, _ cause: String, onceFor subject: String? = nil, at time: Timestamp
    ) {
        let key = "\(kind.rawValue) \(subject ?? issuer)"
        let isDue = reportedAt.withLock { reportedAt in
            if let last = reportedAt[key], last <= time, last.adding(seconds: Self.reportIntervalSeconds) > time {
                return false
            }
            reportedAt[key] = time
            return true
        }
        if isDue { report(Report(kind: kind, issuer: issuer, cause: cause)) }
    }
}
