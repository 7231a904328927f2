import App
import Auth
import Basics
import Crypto
import Domain
import Storage
import Synchronization
import TestSupport
import Testing

/// The work of hashing until an attempt is refused: the same for every kind of account, and without one.
@Suite struct EqualWorkTests {
    private static let cost = 11
    /// The work that a decoy may omit.
    private static let grain = 16

    private static let scrypt =
        "00112233445566778899aabbccddeeff:267a33c2ae63f1c2d542f84d50b7d87c68900c8b9475f6a47ade71cf44b234822e0a34af1d226572b5caf52809319d4c486f3d209cc2fd022fb53bb4eaeb35b1"

    /// Counts what the real hasher computes.
    private final class Ledger: Sendable {
        private let works = Mutex<[HashWork]>([])
        func add(_ work: HashWork) { works.withLock { $0.append(work) } }
        func take() -> [HashWork] {
            works.withLock { works in
                defer { works = [] }
                return works
            }
        }
    }

    private func withHasher(cost: Int = cost, _ work: (PasswordHasher, Ledger) async throws -> Void) async throws {
        let ledger = Ledger()
        let hasher = try PasswordHasher(cost: cost, threads: 1) { ledger.add($0) }
        defer { hasher.shutDown() }
        try await work(hasher, ledger)
    }

    private func refuses(_ hasher: PasswordHasher, _ password: String, _ hash: String?) async throws {
        #expect(try await hasher.verify(password, against: hash) == false)
    }

    private func stored(cost: Int) async throws -> String {
        let hasher = try PasswordHasher(cost: cost, threads: 1)
        defer { hasher.shutDown() }
        return try await hasher.hash(try NewPassword("wool-sky"))
    }

    /// Measures again if a look at scrypt, whose cost depends on how busy the machine is, has raised the cost for all
    /// on the way. It does so once: here the next power of two is the maximum.
    private func settled(_ measure: () async throws -> [Int]) async throws -> [Int] {
        let costs = try await measure()
        let later = costs.dropFirst()
        guard let low = later.min(), let high = later.max(), high - low >= Self.grain else { return costs }
        return try await measure()
    }

    @Test(arguments: ["wrong-password", "wro\u{301}ng-password"])
    func `a refusal costs the same for all kinds of accounts`(password: String) async throws {
        let spellings = password.unicodeScalars.contains("\u{301}") ? 2 : 1
        let hashes: [String?] = [
            Self.scrypt, nil, try await stored(cost: Self.cost), try await stored(cost: 10), try await stored(cost: 4),
            Self.scrypt, "$2b$11$damaged", "plain text",
        ]
        try await withHasher { hasher, ledger in
            try await refuses(hasher, password, Self.scrypt)
            let costs = try await settled {
                var costs: [Int] = []
                for hash in hashes {
                    _ = ledger.take()
                    try await refuses(hasher, password, hash)
                    let works = ledger.take()
                    #expect(works.contains { $0.kind == .scrypt } == (hash == Self.scrypt))
                    costs.append(works.reduce(0) { $0 + $1.rounds })
                }
                return costs
            }
            #expect((costs.max() ?? 0) - (costs.min() ?? 0) < Self.grain, "\(costs)")
            #expect([spellings << 11, spellings << 12].contains(costs[1]))
        }
    }

    @Test func `a costlier kind of hash raises the cost for all accounts once it was seen`() async throws {
        let dearer = try await stored(cost: 6)
        try await withHasher(cost: 5) { hasher, ledger in
            try await refuses(hasher, "x", dearer)
            for hash in [nil, dearer, try await stored(cost: 5)] as [String?] {
                _ = ledger.take()
                try await refuses(hasher, "x", hash)
                #expect(ledger.take().reduce(0) { $0 + $1.rounds } == 1 << 6)
            }
        }
    }

    @Test func `an extremely costly hash raises the cost for its own account only`() async throws {
        let extreme = try await stored(cost: 14)
        try await withHasher(cost: 11) { hasher, ledger in
            try await refuses(hasher, "x", extreme)
            _ = ledger.take()
            try await refuses(hasher, "x", nil)
            #expect(ledger.take().reduce(0) { $0 + $1.rounds } == 1 << 12)
        }
    }

    @Test func `signing in costs the same for imported, unknown and own accounts`() async throws {
        try await withHasher(cost: 11) { hasher, ledger in
            try await TestDatabase.with { database in
                let service = try Services.test(
                    on: database, hasher: hasher, configure: { $0.hasStrictPasswords = true }
                ).auth
                let client = Client(ipAddress: "127.0.0.1", userAgent: "tests")
                for (name, hash) in [
                    ("own", try await stored(cost: 11)), ("weak", try await stored(cost: 10)), ("scrypt", Self.scrypt),
                ] {
                    _ = try await service.signUp(
                        .init(email: "\(name)@example.com", password: "wool-sky", username: nil), from: client)
                    let address = "\(name)@example.com"
                    try await database.write {
                        _ = try $0.execute("UPDATE users SET password_hash = \(hash) WHERE email = \(address)")
                    }
                }
                let costs = try await settled {
                    var costs: [Int] = []
                    for name in ["scrypt", "own", "weak", "unknown", "scrypt", "not an address"] {
                        _ = ledger.take()
                        let email = name.contains(" ") ? name : "\(name)@example.com"
                        await #expect(throws: AppError.badCredentials) {
                            try await service.signIn(email: email, password: "wrong-password", from: client)
                        }
                        costs.append(ledger.take().reduce(0) { $0 + $1.rounds })
                    }
                    return costs
                }
                let later = costs.dropFirst()
                #expect((later.max() ?? 0) - (later.min() ?? 0) < Self.grain, "\(costs)")
                #expect([1 << 11, 1 << 12].contains(later.first))
            }
        }
    }
}
