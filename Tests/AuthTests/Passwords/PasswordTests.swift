import Auth
import Domain
import Glibc
import Metrics
import Testing
import Workers

@Suite struct NewPasswordTests {
    @Test(arguments: [
        "12345678", String(repeating: "x", count: 72), "    a   ", "пароль-пароль", "🦊🦊🦊🦊🦊🦊🦊🦊",
    ])
    func `accepts any text from 8 characters to 72 bytes`(text: String) throws {
        #expect(try NewPassword(text).text.utf8.elementsEqual(text.utf8))
    }

    @Test(arguments: [
        ("cafe\u{301} au lait", "caf\u{E9} au lait"), ("foo\u{1680}bar baz", "foo bar baz"),
        ("a\u{A0}b\u{3000}c d e f", "a b c d e f"),
        ("\u{3C0}\u{DF}\u{E5} Jack of \u{2666}s", "\u{3C0}\u{DF}\u{E5} Jack of \u{2666}s"),
        ("Ｆｕｌｌ ﬁ ｗｉｄｔｈ", "Ｆｕｌｌ ﬁ ｗｉｄｔｈ"), ("\tCase and  spaces ", "\tCase and  spaces "),
    ])
    func `is prepared as RFC 8265 says`(typed: String, prepared: String) throws {
        #expect(try NewPassword(typed).text.utf8.elementsEqual(prepared.utf8))
    }

    @Test func `the limits apply to the prepared characters and bytes`() throws {
        #expect(throws: AppError.self) { try NewPassword(String(repeating: "e\u{301}", count: 7)) }
        // 108 bytes as typed, 72 once composed.
        _ = try NewPassword(String(repeating: "e\u{301}", count: 36))
        #expect(throws: AppError.self) { try NewPassword(String(repeating: "e\u{301}", count: 37)) }
    }

    @Test(arguments: [
        ("1234567", "The password must have at least 8 characters."),
        ("🦊🦊🦊🦊🦊🦊🦊", "The password must have at least 8 characters."),
        ("12345678\u{0}", "The password may not contain a NUL character."),
    ])
    func `a refused password is explained`(text: String, message: String) {
        let error = #expect(throws: AppError.self) { try NewPassword(text) }
        guard case .invalid(let issues)? = error else { return #expect(Bool(false)) }
        #expect(issues.map(\.message) == [message])
    }

    @Test(arguments: [String(repeating: "x", count: 73), String(repeating: "é", count: 37)])
    func `refuses more bytes than bcrypt reads`(text: String) {
        let error = #expect(throws: AppError.self) { try NewPassword(text) }
        guard case .invalid(let issues)? = error else { return #expect(Bool(false)) }
        #expect(issues.map(\.kind) == [.tooLong])
    }
}

@Suite struct PasswordHasherTests {
    private let hasher: PasswordHasher

    init() throws { hasher = try PasswordHasher(cost: 4, threads: 2) }

    @Test func `a hash verifies its own password only`() async throws {
        let hash = try await hasher.hash(try NewPassword("correct horse"))

        #expect(hash.utf8.count == 60)
        #expect(hash.hasPrefix("$2b$04$"))
        #expect(try await hasher.verify("correct horse", against: hash))
        #expect(try await !hasher.verify("correct horsf", against: hash))
        #expect(try await !hasher.verify("correct horse ", against: hash))
        #expect(try await hasher.hash(try NewPassword("correct horse")) != hash)
    }

    @Test func `a hash verifies all Unicode spellings of its password`() async throws {
        let spellings = [
            "caf\u{E9} au lait matin", "cafe\u{301} au lait matin", "cafe\u{301}\u{A0}au\u{2003}lait\u{3000}matin",
        ]
        for set in spellings {
            let hash = try await hasher.hash(try NewPassword(set))
            for typed in spellings {
                #expect(try await hasher.verdict(on: typed, against: hash) == .right(isOutdated: false))
            }
            #expect(try await !hasher.verify("cafe au lait matin", against: hash))
        }
    }

    // Made by Python's bcrypt from the decomposed spelling, as was once stored here.
    @Test func `a hash of an unprepared spelling still verifies, and is outdated`() async throws {
        let hash = "$2b$04$37INPznbXK63fEaONeNtcOPGfZI8YNIW69ic5CEN1Nb4Gc9tsH4NS"
        #expect(try await hasher.verdict(on: "cafe\u{301} au lait matin", against: hash) == .right(isOutdated: true))
        #expect(try await hasher.verdict(on: "caf\u{E9} au lait matin", against: hash) == .wrong)
    }

    // From the bcrypt test vectors of Openwall's crypt_blowfish.
    @Test(arguments: [
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"),
        ("$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"),
    ])
    func `agrees with other implementations`(hash: String, password: String) async throws {
        #expect(try await hasher.verify(password, against: hash))
        #expect(try await !hasher.verify(password + "x", against: hash))
        #expect(hasher.isOutdated(hash))
    }

    @Test func `nothing beyond byte 72 or a NUL is ignored`() async throws {
        let long = String(repeating: "x", count: 72)
        let hash = try await hasher.hash(try NewPassword(long))
        #expect(try await hasher.verify(long, against: hash))
        #expect(try await !hasher.verify(long + "y", against: hash))

        let short = try await hasher.hash(try NewPassword("12345678"))
        #expect(try await !hasher.verify("12345678\u{0}9", against: short))
    }

    @Test(arguments: ["", "*0", "*1", "x", "$2b$04$", "$2b$04$short", "$1$abc$def", "plain"])
    func `a stored text that is not a bcrypt hash verifies no password`(hash: String) async throws {
        #expect(try await !hasher.verify("", against: hash))
        #expect(try await !hasher.verify(hash, against: hash))
        #expect(try await !hasher.verify("no such password", against: hash))
    }

    @Test func `a missing hash verifies no password, not even the decoy's`() async throws {
        #expect(try await !hasher.verify("no such password", against: nil))
    }

    @Test func `a very long password is refused without harm`() async throws {
        let hash = try await hasher.hash(try NewPassword("12345678"))
        for length in [511, 512, 600, 900_000] {
            #expect(try await !hasher.verify(String(repeating: "1", count: length), against: hash))
        }
    }

    @Test func `shutting down refuses waiting requests`() async throws {
        let slow = try PasswordHasher(cost: 11, threads: 1, capacity: 100)
        // From a thread of its own: requests that are queued later are refused as well.
        let closing = try WorkerThread {
            usleep(100_000)
            slow.shutDown()
        }
        let turnedAway = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask { (try? await slow.verify("x", against: nil)) == nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        closing.join()
        #expect(turnedAway > 30)
    }

    @Test func `a cancelled request costs no hash, and the next one is served`() async throws {
        let slow = try PasswordHasher(cost: 11, threads: 1, capacity: 100)
        defer { slow.shutDown() }
        let gone = (0..<50).map { _ in Task { try await slow.verify("x", against: nil) } }
        for task in gone { task.cancel() }
        var hashed = 0
        // One, or a few, may have begun already.
        for task in gone where (try? await task.value) != nil { hashed += 1 }
        #expect(hashed < 25)
        let hash = try await slow.hash(try NewPassword("a good password"))
        #expect(try await slow.verify("a good password", against: hash))
    }

    @Test func `a full queue refuses at once instead of growing`() async throws {
        let small = try PasswordHasher(cost: 8, threads: 1, capacity: 2)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do { _ = try await small.verify("x", against: nil) } catch AppError.overloaded {
                        return false
                    } catch {
                        #expect(Bool(false), "\(error)")
                    }
                    return true
                }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(outcomes.contains(true))
        #expect(outcomes.contains(false))
        small.shutDown()
        // Each is counted as one or the other.
        for family in small.metrics {
            switch (family.name, family.samples.first?.value) {
            case ("latchkey_password_rejected_total", .number(let count)?):
                #expect(Int(count) == outcomes.count { !$0 })
            case ("latchkey_password_hash_seconds", .histogram(let values)?),
                ("latchkey_password_wait_seconds", .histogram(let values)?):
                #expect(Int(values.count) == outcomes.count { $0 })
            default: #expect(family.samples == [MetricSample(0)], "\(family.name)")
            }
        }
    }
}
