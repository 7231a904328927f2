import Domain
import Synchronization

/// An outside service whose tokens are accepted.
package struct OutsideIssuer: Sendable, Equatable {
    /// What its people are filed under here: the address that was configured.
    package let name: String
    /// Where its keys may be published; the first that answers counts.
    package let keySetURLs: [String]

    /// - Parameter url: the service's address, or that of its JWK Set.
    package init(url: String) {
        name = url
        let isKeySet = url.hasSuffix(".json") || url.hasSuffix("/jwks")
        let base = url.hasSuffix("/") ? String(url.dropLast()) : url
        // The seed documents' address, and the one that Better Auth serves by itself.
        keySetURLs = isKeySet ? [url] : ["\(base)/.well-known/jwks.json", "\(base)/api/auth/jwks"]
    }
}

/// Fetches a document.
package protocol DocumentFetcher: Sendable {
    /// The body of a 200, within bounds of size and time, no redirect followed.
    func fetch(_ url: String) async throws -> [UInt8]
}

/// Verifies tokens of outside services by the keys that they publish, and knows their people.
///
/// Key sets are kept; a token with an unknown key makes us look again, but not more often than the floor allows,
/// and when the service does not answer, what we have goes on working.
package final class OutsideIssuers: Sendable {
    private final class Source: Sendable {
        struct State {
            var keys: JWKSet?
            var triedAt: Timestamp?
            var foundAt: Timestamp?
            var fetch: Task<JWKSet?, Never>?
        }

        let issuer: OutsideIssuer
        let state = Mutex(State())
        init(_ issuer: OutsideIssuer) { self.issuer = issuer }
    }

    /// What is checked beside signature and time, where it is configured.
    package struct Expectations: Sendable {
        package var issuer: String?
        package var audience: String?

        package init(issuer: String? = nil, audience: String? = nil) {
            self.issuer = issuer
            self.audience = audience
        }
    }

    /// How long keys are used without a look whether they are still published.
    private static let maximumAgeSeconds: Int64 = 300
    private static let accepted: Set<JWSAlgorithm> = [.edDSA, .rs256, .es256]

    private let sources: [Source]
    private let expectations: Expectations
    private let fetcher: any DocumentFetcher
    private let floorSeconds: Int64
    private let store: any IdentityStore
    private let ids: UUIDv7Generator

    /// - Parameter floorSeconds: the shortest time between two fetches from one service.
    package init(
        _ issuers: [OutsideIssuer], expecting expectations: Expectations = Expectations(),
        fetcher: any DocumentFetcher, floorSeconds: Int64 = 30, store: any IdentityStore, ids: UUIDv7Generator
    ) {
        sources = issuers.map(Source.init)
        self.expectations = expectations
        self.fetcher = fetcher
        self.floorSeconds = floorSeconds
        self.store = store
        self.ids = ids
    }

    /// The local user whom a token of an outside service is about; made when first seen.
    /// - Throws: `AppError.unauthenticated`.
    func identity(
        _ token: JWS, at time: Timestamp, from client: @Sendable () -> Client
    ) async throws -> Identity {
        guard Self.accepted.contains(token.algorithm) else { throw AppError.invalidToken }
        // What is known comes first: one service that hangs must not hold up the people of another.
        for source in sources {
            if let key = knownKey(for: token, from: source, at: time), key.verifies(token) {
                return try await identity(token, of: source.issuer, at: time, from: client)
            }
        }
        let fetched = await withTaskGroup(of: (Int, JWKSet?).self) { group in
            for (index, source) in sources.enumerated() {
                group.addTask { (index, await self.refresh(source, at: time)) }
            }
            for await (index, keys) in group {
                guard let key = keys?.key(for: token), key.verifies(token) else { continue }
                return Optional(index)
            }
            return nil
        }
        guard let fetched else { throw AppError.invalidToken }
        return try await identity(token, of: sources[fetched].issuer, at: time, from: client)
    }

    private func identity(
        _ token: JWS, of issuer: OutsideIssuer, at time: Timestamp, from client: @Sendable () -> Client
    ) async throws -> Identity {
        let claims = try TokenClaims(payload: token.payload, at: time)
        if let expected = expectations.issuer, claims.issuer != expected { throw AppError.invalidToken }
        if let expected = expectations.audience, !claims.audiences.contains(expected) { throw AppError.invalidToken }
        let user = try await user(claims, of: issuer, at: time, from: client)
        // A service may call its people what it likes, also by the id of somebody here: then the name is theirs alone.
        let isTaken = try await store.user(UserID(rawValue: claims.subject)) != nil
        return Identity(user: user, session: nil, outsideSubject: isTaken ? nil : claims.subject)
    }

    private func user(
        _ claims: TokenClaims, of issuer: OutsideIssuer, at time: Timestamp, from client: @Sendable () -> Client
    ) async throws -> User {
        let identity = ExternalIdentity(issuer: issuer.name, subject: claims.subject)
        if let known = try await store.user(identity) { return try SessionService.active(known) }
        guard let email = claims.email.flatMap(EmailAddress.init) else {
            throw AppError.unauthenticated("The token names no e-mail address, so no account can be made for it.")
        }
        let username = claims.name.flatMap { try? Username.checked($0) } ?? nil
        let user = User(
            id: UserID(rawValue: ids.next(at: time)), email: email, username: username, isActive: true, createdAt: time,
            updatedAt: time)
        let event = AuditEvent(
            .userCreated, at: time, by: client().source, user: user.id,
            [.init("issuer", issuer.name), .init("subject", claims.subject)])
        do {
            try await store.insert(user, identity: identity, recording: event)
            return user
        } catch AppError.emailTaken {
            // Either the same token came twice at once, or somebody here has that address. The address alone proves
            // nothing: whoever runs the other service could name any.
            if let known = try await store.user(identity) { return try SessionService.active(known) }
            throw AppError.unauthenticated("Another account here has the e-mail address of this token.")
        }
    }

    // MARK: Keys

    private func knownKey(for token: JWS, from source: Source, at time: Timestamp) -> VerificationKey? {
        let (known, foundAt) = source.state.withLock { ($0.keys?.key(for: token), $0.foundAt) }
        // A key that the service has taken back is forgotten too, without making anybody wait for the look.
        if known != nil, let foundAt, foundAt.adding(seconds: Self.maximumAgeSeconds) <= time {
            Task { await refresh(source, at: time) }
        }
        return known
    }

    /// What the service publishes now, or what it published when last asked. However many tokens ask, there is one
    /// fetch at a time, and one in each `floorSeconds`.
    @discardableResult
    private func refresh(_ source: Source, at time: Timestamp) async -> JWKSet? {
        let task: Task<JWKSet?, Never>? = source.state.withLock { state in
            if let running = state.fetch { return running }
            if let last = state.triedAt, last.adding(seconds: floorSeconds) > time, last <= time { return nil }
            state.triedAt = time
            let fetcher = self.fetcher
            let urls = source.issuer.keySetURLs
            let task = Task { () -> JWKSet? in
                var found: JWKSet?
                for url in urls where found == nil {
                    found = (try? await fetcher.fetch(url)).flatMap { JWKSet($0) }
                }
                source.state.withLock { state in
                    state.keys = found ?? state.keys
                    state.foundAt = found == nil ? state.foundAt : time
                    state.fetch = nil
                }
                return found
            }
            state.fetch = task
            return task
        }
        if let found = await task?.value { return found }
        return source.state.withLock { $0.keys }
    }
}
