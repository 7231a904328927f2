import Basics
import Crypto
import Domain

/// Slows down whoever tries passwords or makes accounts by the dozen: one limiter behind the pages, the API and Better
/// Auth's routes.
///
/// What counts is a wrong password. An attempt is counted before its hash is computed, so that a hundred at the same
/// moment are a hundred, and taken back when it turns out to be no guess. While a limit holds nothing is looked up and
/// nothing hashed, so the answer is the same whether the account exists or not.
package struct Throttles: Sendable {
    private let store: any ThrottleStore
    private let rules: ThrottleRules
    private let devices: KnownDevices
    private let hmacs: HMACs
    private let isKnownAddress: @Sendable (EmailAddress, IPNetwork) async throws -> Bool

    /// - Parameter isKnownAddress: whether the account has a session that began there.
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
    ///   - email: nil where there can be no such account.
    ///   - work: gets the device where it has signed in to the account before; throws `AppError.badCredentials` for
    ///     what is to count.
    /// - Throws: `AppError.throttled`, and what `work` throws.
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
                // Strangers have used the account's room up; those who are at home in it have their own.
                guard let network = client.address?.network, try await isKnownAddress(email, network)
                else {
                    throw AppError.throttled(throttled)
                }
                try await takeOwn("home", "\(network) \(email)", of: email.text, &counts)
            }
        }
    }

    /// Runs an attempt of somebody who is signed in to show the password once more. What strangers do doesn't count
    /// here: each session has its own room, and those of one user have room together.
    func confirmPassword<Value>(
        in session: SessionID, of user: UserID, from client: Client, _ work: () async throws -> Value
    ) async throws -> Value {
        try await counting(work) { counts in
            try await take(rules.address, "address", client.network, &counts)
            try await takeOwn("session", session.rawValue, of: user.rawValue, &counts)
        }
    }

    /// Counts an attempt to make an account, whatever becomes of it: "already registered" is an answer, too.
    func signUp(from client: Client) async throws {
        if rules.exemptsLocalSignUps && client.address?.isLoopback == true { return }
        var counts = Counts()
        try await take(rules.signUp, "sign-up", client.network, &counts)
    }

    /// Forgets what has run out; how many keys those were.
    package func tidy() async throws -> Int { try await store.tidy() }

    /// What the browser is to keep after signing in, and what is to be stored with the session; nil where it has that.
    func newDevice(of email: EmailAddress, from client: Client) async throws -> (cookie: String, device: NewDevice)? {
        try await devices.renewal(client.device, of: email)
    }

    // MARK: Counting

    /// What an attempt has cost so far.
    private typealias Counts = [(key: String, cost: Int64)]

    /// Counts first, then works; unless the work finds a wrong password, nothing was to be counted.
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
            // An attempt that is refused prolongs nothing, either.
            try? await giveBack(counts)
            throw error
        }
        try await giveBack(counts)
        return value
    }

    /// Counts for a device, a network or a session that is at home in an account: each has its own room, and all of one
    /// kind together have no more than clients that nobody knows. However many were collected, they lift no limit.
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

    /// What is kept of an address or an e-mail address tells nobody which it was.
    private func key(_ text: String) throws -> String {
        Base64URL.encode(try hmacs.code(for: text.utf8).prefix(16))
    }
}
