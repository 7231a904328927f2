import Basics
import Crypto
import Domain

/// Slows down password guessing and mass sign-ups: one limiter behind the pages, the API and Better Auth's routes.
///
/// Only wrong passwords count. An attempt is counted before its hash is computed, so that concurrent attempts cannot
/// exceed the limit, and refunded if it turns out to be no guess. While a limit is exhausted nothing is looked up or
/// hashed, so the response is the same whether the account exists or not.
package final class Throttles: Sendable {
    private let store: any ThrottleStore
    private let rules: ThrottleRules
    private let devices: KnownDevices
    private let hmacs: HMACs
    private let isKnownAddress: @Sendable (EmailAddress, IPNetwork) async throws -> Bool

    /// - Parameter isKnownAddress: tells if the account has a session that began there.
    package init(
        store: any ThrottleStore, rules: ThrottleRules, secrets: Secrets, devices: KnownDevices,
        isKnownAddress: @escaping @Sendable (EmailAddress, IPNetwork) async throws -> Bool
    ) throws {
        self.store = store
        self.rules = rules
        self.devices = devices
        hmacs = try secrets.hmacs(for: "throttles")
        self.isKnownAddress = isKnownAddress
    }

    /// Runs an attempt to sign in.
    /// - Parameters:
    ///   - email: nil if there can be no such account.
    ///   - work: receives the device if it has signed in to the account before; throws `AppError.badCredentials` for an
    ///     attempt that counts.
    /// - Throws: `AppError.throttled`, and the errors of `work`.
    func signIn<Value>(
        _ email: EmailAddress?, from client: Client, _ work: (KnownDevice?) async throws -> Value
    ) async throws -> Value {
        let device = try await email.asyncFlatMap { try await devices.device(client.device, of: $0) }
        return try await counting {
            try await work(device)
        } taking: { counts in
            if let email, let device, !rules.device.isEmpty {
                return try await takeOwn("device", device.digest, of: email.text, &counts)
            }
            try await take(rules.address, "address", client.network, &counts)
            guard let email else { return }
            do {
                try await take(rules.account, "account", email.text, &counts)
            } catch AppError.throttled(let throttled) {
                // Unknown clients have exhausted the account's limit; known networks have their own.
                guard let network = client.address?.network, try await isKnownAddress(email, network)
                else {
                    throw AppError.throttled(throttled)
                }
                try await takeOwn("home", "\(network) \(email)", of: email.text, &counts)
            }
        }
    }

    /// Runs an attempt to sign in with a passkey, which counts by the client's network: the account is not known
    /// before, and there is nothing to guess.
    func passkey<Value>(from client: Client, _ work: () async throws -> Value) async throws -> Value {
        try await counting(work) { counts in try await take(rules.address, "address", client.network, &counts) }
    }

    /// Runs a signed-in user's attempt to confirm the password. Attempts by unauthenticated clients don't count here:
    /// each session has its own limit, and those of one user share another.
    func confirmPassword<Value>(
        in session: SessionID, of user: UserID, from client: Client, _ work: () async throws -> Value
    ) async throws -> Value {
        try await confirmPassword("session", session.rawValue, of: user.rawValue, from: client, work)
    }

    /// Runs an attempt to confirm the password with a link. Each link has its own limit, and those that were mailed to
    /// one address share another: readers of other mailboxes cannot use it up.
    func confirmPassword<Value>(
        with linkDigest: String, to email: EmailAddress, of user: UserID, from client: Client,
        _ work: () async throws -> Value
    ) async throws -> Value {
        try await confirmPassword("link", linkDigest, of: "\(user.rawValue) \(email)", from: client, work)
    }

    private func confirmPassword<Value>(
        _ kind: String, _ value: String, of owner: String, from client: Client, _ work: () async throws -> Value
    ) async throws -> Value {
        try await counting(work) { counts in
            try await take(rules.address, "address", client.network, &counts)
            try await takeOwn(kind, value, of: owner, &counts)
        }
    }

    /// Counts an attempt to create an account, whatever its outcome: "already registered" reveals something, too.
    func signUp(from client: Client) async throws {
        if rules.exemptsLocalSignUps && client.address?.isLoopback == true { return }
        var counts = Counts()
        try await take(rules.signUp, "sign-up", client.network, &counts)
    }

    /// Counts a request for an e-mail, whatever its address.
    func requestMail(from client: Client) async throws {
        var counts = Counts()
        try await take(rules.mail, "mail", client.network, &counts)
    }

    /// Counts a visit to a sign-in provider, under limits like those of wrong passwords; `returned` refunds it.
    func visitProvider(from client: Client) async throws {
        var counts = Counts()
        try await take(rules.address, "provider", client.network, &counts)
    }

    /// Refunds a visit to a sign-in provider that was of use.
    func returned(from client: Client) async throws {
        for limit in rules.address {
            let key = try self.key("provider \(limit.attempts)/\(limit.milliseconds) \(client.network)")
            try await store.giveBack(key, limit.interval)
        }
    }

    /// The client's device, if it has signed in to the account before.
    func knownDevice(of email: EmailAddress, _ client: Client) async throws -> KnownDevice? {
        try await devices.device(client.device, of: email)
    }

    /// Runs a look-up of an invitation. One that finds nothing counts, under limits like those of sign-ups.
    func invitation<Value>(from client: Client, _ lookUp: () async throws -> Value?) async throws -> Value? {
        if rules.exemptsLocalSignUps && client.address?.isLoopback == true { return try await lookUp() }
        return try await lookingUp("invitation", rules.signUp, from: client, lookUp)
    }

    /// Runs a look-up of a link by its code. One that finds nothing counts, under limits like those of wrong passwords.
    func code<Value>(from client: Client, _ lookUp: () async throws -> Value?) async throws -> Value? {
        try await lookingUp("code", rules.address, from: client, lookUp)
    }

    private func lookingUp<Value>(
        _ kind: String, _ limits: [ThrottleLimit], from client: Client, _ lookUp: () async throws -> Value?
    ) async throws -> Value? {
        var counts = Counts()
        try await take(limits, kind, client.network, &counts)
        let found: Value?
        do { found = try await lookUp() } catch {
            try? await giveBack(counts)
            throw error
        }
        if found != nil { try await giveBack(counts) }
        return found
    }

    /// Deletes expired keys; returns their number.
    package func tidy() async throws -> Int { try await store.tidy() }

    /// The cookie that the browser is to keep after signing in, and the device to store with the session; nil if it
    /// already has one.
    func newDevice(
        of email: EmailAddress, from client: Client, isTrusted: Bool = false
    ) async throws -> (cookie: String, device: NewDevice)? {
        try await devices.renewal(client.device, of: email, isTrusted: isTrusted)
    }

    // MARK: Counting

    /// The cost of an attempt so far.
    private typealias Counts = [(key: String, cost: Int64)]

    /// Counts first, then works; refunds the attempt unless the work finds a wrong password.
    private func counting<Value>(
        _ work: () async throws -> Value, taking count: (inout Counts) async throws -> Void
    ) async throws -> Value {
        var counts = Counts()
        let value: Value
        do {
            try await count(&counts)
            value = try await work()
        } catch AppError.badCredentials {
            throw AppError.badCredentials
        } catch {
            // A refused attempt does not extend the other limits.
            try? await giveBack(counts)
            throw error
        }
        try await giveBack(counts)
        return value
    }

    /// Counts for a known device, network or session: each has its own limit, and all of one kind together have no more
    /// than unknown clients. Collecting many of them lifts no limit.
    private func takeOwn(
        _ kind: String, _ value: String, of account: String, _ counts: inout Counts
    ) async throws {
        try await take(rules.device, kind, value, &counts)
        try await take(rules.account, "every \(kind)", account, &counts)
    }

    /// Counts under all of the limits, or under none.
    /// - Throws: `AppError.throttled`.
    private func take(_ limits: [ThrottleLimit], _ kind: String, _ value: String, _ counts: inout Counts) async throws {
        var taken = Counts()
        for limit in limits {
            let key = try self.key("\(kind) \(limit.attempts)/\(limit.milliseconds) \(value)")
            switch try await store.take(key, limit) {
            case .granted(let cost): taken.append((key, cost))
            case .refused(let wait):
                try await giveBack(taken)
                throw AppError.throttled(
                    Throttled(limit: limit.attempts, retryAfterSeconds: Int(clamping: (wait + 999) / 1000)))
            }
        }
        counts += taken
    }

    private func giveBack(_ counts: Counts) async throws {
        for (key, cost) in counts { try await store.giveBack(key, cost) }
    }

    /// A keyed digest, so that stored keys do not reveal network or e-mail addresses.
    private func key(_ text: String) throws -> String {
        Base64URL.encode(try hmacs.code(for: text.utf8).prefix(16))
    }
}
