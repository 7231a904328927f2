import Basics
import Crypto
import Domain
import Synchronization
import TestSupport
import Testing

@testable import Auth

@Suite struct ThrottlesTests {
    private let alice = EmailAddress(stored: "alice@example.com")
    private let home = "192.0.2.1"

    /// Five wrong passwords in ten minutes from one address, seven for one account, three on a known device.
    private func throttles(isOn: Bool = true, exemptsLocalSignUps: Bool = true) throws -> Throttles {
        func limit(_ attempts: Int) -> [ThrottleLimit] {
            ThrottleLimit(attempts: attempts, seconds: 600).map { [$0] } ?? []
        }
        let rules = ThrottleRules(
            address: limit(5), account: limit(7), device: limit(3), signUp: limit(2),
            exemptsLocalSignUps: exemptsLocalSignUps)
        let home = IPAddress(self.home)?.network
        return try Throttles(
            store: InMemoryThrottleStore(now: { 1_000_000 }), rules: isOn ? rules : .none,
            secrets: .test,
            devices: KnownDevices(
                lookUp: { [alice] digests, email, time in
                    // Every cookie is that of a device of Alice's.
                    email == alice ? KnownDevice(digest: digests[0], expiresAt: time.adding(seconds: 60)) : nil
                }, now: TestClock().clocks.now),
            isKnownAddress: { email, network in email == EmailAddress(stored: "alice@example.com") && network == home })
    }

    private func client(_ address: String, device: String? = nil) -> Client {
        Client(ipAddress: address, userAgent: "tests", device: device)
    }

    /// True if the attempt's password was checked.
    private func isTried(
        _ throttles: Throttles, _ email: EmailAddress?, _ client: Client, right: Bool = false
    ) async throws -> Bool {
        do {
            try await throttles.signIn(email, from: client) { _ in if !right { throw AppError.badCredentials } }
            return true
        } catch AppError.badCredentials {
            return true
        } catch AppError.throttled(let throttled) {
            #expect(throttled.retryAfterSeconds > 0)
            return false
        }
    }

    /// The number of wrong passwords that are checked.
    private func tried(_ count: Int, _ throttles: Throttles, _ email: EmailAddress?, _ address: (Int) -> Client)
        async throws -> Int
    {
        var total = 0
        for number in 0..<count where try await isTried(throttles, email, address(number)) { total += 1 }
        return total
    }

    @Test func `one address is allowed five wrong passwords, for one account or for many`() async throws {
        let throttles = try throttles()
        #expect(try await tried(3, throttles, alice) { _ in client("192.0.2.9") } == 3)
        var total = 0
        for number in 0..<5 {
            let email = EmailAddress(stored: "user\(number)@example.com")
            if try await isTried(throttles, email, client("192.0.2.9")) { total += 1 }
        }
        #expect(total == 2)
        // Not even the right password is checked now; from another address it is.
        #expect(try await !isTried(throttles, alice, client("192.0.2.9"), right: true))
        #expect(try await isTried(throttles, alice, client("192.0.2.10"), right: true))
    }

    @Test func `one account is allowed seven wrong passwords, whether it exists or not`() async throws {
        for email in [alice, EmailAddress(stored: "nobody@example.com")] {
            let throttles = try throttles()
            #expect(try await tried(50, throttles, email) { client("198.51.100.\($0)") } == 7)
            #expect(try await !isTried(throttles, email, client("203.0.113.1"), right: true))
            #expect(
                try await isTried(
                    throttles, EmailAddress(stored: "bob@example.com"), client("203.0.113.1"), right: true))
        }
    }

    @Test func `addresses of one IPv6 network are one, and so are the two spellings of an IPv4 address`() async throws {
        var throttles = try throttles()
        #expect(try await tried(20, throttles, nil) { client("2001:db8:1:2::\($0)") } == 5)
        throttles = try self.throttles()
        #expect(try await tried(20, throttles, nil) { client($0 % 2 == 0 ? "192.0.2.9" : "::ffff:192.0.2.9") } == 5)
        throttles = try self.throttles()
        #expect(try await tried(8, throttles, nil) { client("2001:db8:1:\($0)::1") } == 8)
    }

    @Test func `the right password signs in from a known browser while others attack the account`() async throws {
        let throttles = try throttles()
        let cookie = Base64URL.encode(try SecureRandom.bytes(16))
        _ = try await tried(50, throttles, alice) { client("198.51.100.\($0)") }
        // Also from an address whose attempts others have used up.
        _ = try await tried(50, throttles, nil) { _ in client("203.0.113.1") }
        #expect(try await isTried(throttles, alice, client("203.0.113.1", device: cookie), right: true))
        // It has three wrong passwords of its own, and is then throttled.
        #expect(try await tried(9, throttles, alice) { _ in client("203.0.113.1", device: cookie) } == 3)
        #expect(try await !isTried(throttles, alice, client("203.0.113.1", device: cookie), right: true))
        // To another account the device is unknown.
        let bob = EmailAddress(stored: "bob@example.com")
        #expect(try await !isTried(throttles, bob, client("203.0.113.1", device: cookie), right: true))
    }

    @Test func `the right password signs in from an address where the account has a session`() async throws {
        let throttles = try throttles()
        _ = try await tried(50, throttles, alice) { client("198.51.100.\($0)") }
        #expect(try await isTried(throttles, alice, client(home), right: true))
        #expect(try await tried(9, throttles, alice) { _ in client(home) } == 3)
        #expect(try await !isTried(throttles, alice, client("192.0.2.2"), right: true))
    }

    @Test func `only wrong passwords count`() async throws {
        let throttles = try throttles()
        for _ in 0..<40 { #expect(try await isTried(throttles, alice, client("192.0.2.9"), right: true)) }
        for error in [AppError.overloaded(retryAfterSeconds: 5), .inactiveAccount, .storageUnavailable("")] {
            for _ in 0..<20 {
                await #expect(throws: error) {
                    try await throttles.signIn(alice, from: client("192.0.2.9")) { _ in throw error }
                }
            }
        }
        #expect(try await tried(9, throttles, alice) { _ in client("192.0.2.9") } == 5)
    }

    @Test func `a hundred concurrent attempts all count`() async throws {
        let throttles = try throttles()
        let looked = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    _ = try? await throttles.signIn(alice, from: client("192.0.2.9")) { _ in
                        looked.count.add(1, ordering: .relaxed)
                        await Task.yield()
                        throw AppError.badCredentials
                    }
                }
            }
        }
        #expect(looked.count.load(ordering: .relaxed) == 5)
    }

    private final class Counter: Sendable { let count = Atomic(0) }

    @Test func `a session that guesses its own password is throttled, and no other`() async throws {
        let throttles = try throttles()
        var total = 0
        for number in 0..<9 {
            do {
                try await throttles.confirmPassword(
                    in: SessionID(rawValue: "one"), of: UserID(rawValue: "u"), from: client("192.0.2.\(number)")
                ) { throw AppError.badCredentials }
            } catch AppError.badCredentials { total += 1 } catch AppError.throttled {}
        }
        #expect(total == 3)
        try await throttles.confirmPassword(
            in: SessionID(rawValue: "two"), of: UserID(rawValue: "u"), from: client("192.0.2.1")
        ) {}
    }

    @Test func `collecting devices, networks and sessions raises no limit`() async throws {
        // Each of them has three attempts, and all of one kind have as many as unknown clients: seven.
        let throttles = try throttles()
        let cookies = try (0..<50).map { _ in Base64URL.encode(try SecureRandom.bytes(16)) }
        let ofDevices = try await tried(50, throttles, alice) { client("198.51.100.1", device: cookies[$0]) }
        #expect(ofDevices == 7)
        #expect(try await !isTried(throttles, alice, client(home, device: cookies[0]), right: true))
        // They use up nothing of unknown clients, and unknown clients nothing of theirs.
        #expect(try await tried(50, throttles, alice) { client("198.51.100.\($0)") } == 7)
        #expect(try await tried(50, throttles, alice) { _ in client(home) } == 3)

        var ofSessions = 0
        for number in 0..<50 {
            do {
                try await throttles.confirmPassword(
                    in: SessionID(rawValue: "\(number)"), of: UserID(rawValue: "u"),
                    from: client("203.0.113.\(number)")
                ) { throw AppError.badCredentials }
            } catch AppError.badCredentials { ofSessions += 1 } catch AppError.throttled {}
        }
        #expect(ofSessions == 7)
    }

    @Test func `sign-ups count per address, and for this machine if configured`() async throws {
        let (lenient, strict) = (try throttles(), try throttles(exemptsLocalSignUps: false))
        for (throttles, address, expected) in [
            (lenient, "192.0.2.1", 2), (lenient, "192.0.2.2", 2), (lenient, "127.0.0.1", 9), (strict, "127.0.0.1", 2),
            (strict, "", 2),
        ] {
            var total = 0
            for _ in 0..<9 where (try? await throttles.signUp(from: client(address))) != nil { total += 1 }
            #expect(total == expected)
        }
    }

    @Test func `without limits no attempt is refused`() async throws {
        let throttles = try throttles(isOn: false)
        #expect(try await tried(200, throttles, alice) { _ in client("192.0.2.9") } == 200)
    }
}
