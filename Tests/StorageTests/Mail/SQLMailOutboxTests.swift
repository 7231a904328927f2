import Basics
import Domain
import TestSupport
import Testing

@testable import Storage

@Suite struct SQLMailOutboxTests {
    private let time = Timestamp(milliseconds: 1_800_000_000_000)

    private func mail(_ id: String, to address: String, at time: Timestamp? = nil) -> OutgoingMail {
        OutgoingMail(
            id: MailID(rawValue: id), kind: .passwordReset, address: EmailAddress(stored: address),
            details: ["ip_address": "203.0.113.7", "odd": "\"\\\u{1}é\n"], createdAt: time ?? self.time,
            expiresAt: (time ?? self.time).adding(seconds: 3600))
    }

    private func link(_ digest: String) -> AccountLink {
        AccountLink(
            purpose: .passwordReset, tokenDigest: digest, createdAt: time, expiresAt: time.adding(seconds: 3600))
    }

    private func event() -> AuditEvent { AuditEvent(.tokenCreated, at: time, by: .server) }

    private func with(_ work: (SQLMailOutbox, SQLAccountStore, any Database) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            try await work(SQLMailOutbox(database), SQLAccountStore(database), database)
        }
    }

    /// Fills the outbox with mail to different addresses, one second apart.
    private func fill(_ count: Int, in database: any Database) async throws {
        for number in 0..<count {
            let mail = mail("mail-\(number)", to: "u\(number)@example.com", at: time.adding(seconds: Int64(number)))
            _ = try await database.write { try $0.enqueue(mail, isWanted: true) }
        }
    }

    @Test func `mail is claimed once, oldest first, as it was queued`() async throws {
        try await with { outbox, _, database in
            try await fill(3, in: database)
            let later = time.adding(seconds: 10)
            #expect(try await outbox.hasDueMail(at: later))
            for number in 0..<3 {
                let queued = try #require(
                    try await outbox.claim(by: "a", until: later.adding(seconds: 60), at: later))
                #expect(
                    queued.mail
                        == mail("mail-\(number)", to: "u\(number)@example.com", at: time.adding(seconds: Int64(number)))
                )
                #expect(queued.attempts == 1 && queued.state == .waiting)
            }
            #expect(try await outbox.claim(by: "a", until: later.adding(seconds: 60), at: later) == nil)
            #expect(try await !outbox.hasDueMail(at: later))
        }
    }

    @Test func `concurrent senders take different mails`() async throws {
        try await with { outbox, _, database in
            try await fill(60, in: database)
            let later = time.adding(seconds: 100)
            let ids = try await withThrowingTaskGroup(of: [MailID].self) { group in
                for sender in 0..<4 {
                    group.addTask {
                        var ids: [MailID] = []
                        while let queued = try await outbox.claim(
                            by: "sender \(sender)", until: later.adding(seconds: 60), at: later)
                        {
                            ids.append(queued.mail.id)
                            try await outbox.settle(
                                queued.mail.id, claimedBy: "sender \(sender)", .sent, reply: "250 OK", at: later,
                                recording: nil)
                        }
                        return ids
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(ids.count == 60 && Set(ids).count == 60)
            #expect(try await outbox.mail(in: [.sent], limit: 100).count == 60)
        }
    }

    @Test func `a dead sender's mail is claimed again, and its late result is ignored`() async throws {
        try await with { outbox, _, database in
            try await fill(1, in: database)
            let (start, lease) = (time.adding(seconds: 10), time.adding(seconds: 70))
            let id = try #require(try await outbox.claim(by: "dead", until: lease, at: start)).mail.id
            #expect(try await outbox.claim(by: "b", until: lease, at: time.adding(seconds: 69)) == nil)
            let again = try await outbox.claim(by: "b", until: time.adding(seconds: 200), at: lease)
            #expect(again?.attempts == 2)
            #expect(
                try await !outbox.settle(id, claimedBy: "dead", .undeliverable, reply: nil, at: lease, recording: nil))
            #expect(try await outbox.settle(id, claimedBy: "b", .sent, reply: "250", at: lease, recording: nil))
            #expect(try await outbox.mail(in: [.sent], limit: 2).map(\.reply) == ["250"])
        }
    }

    @Test func `a postponed mail waits, and a held one does not count`() async throws {
        try await with { outbox, _, database in
            try await fill(1, in: database)
            let start = time.adding(seconds: 10)
            let id = MailID(rawValue: "mail-0")
            _ = try await outbox.claim(by: "a", until: start.adding(seconds: 60), at: start)
            try await outbox.settle(id, claimedBy: "a", .held, reply: "down", at: start, recording: nil)
            #expect(try await outbox.claim(by: "a", until: start.adding(seconds: 60), at: start)?.attempts == 1)
            let due = start.adding(seconds: 15)
            try await outbox.settle(id, claimedBy: "a", .postponed(until: due), reply: "451", at: start, recording: nil)
            #expect(try await !outbox.hasDueMail(at: due.adding(seconds: -1)))
            #expect(try await outbox.claim(by: "a", until: due.adding(seconds: 60), at: due)?.attempts == 2)
        }
    }

    @Test func `undeliverable mail can be sent again until it expires`() async throws {
        try await with { outbox, _, database in
            try await fill(2, in: database)
            let start = time.adding(seconds: 10)
            for _ in 0..<2 {
                let queued = try #require(try await outbox.claim(by: "a", until: start.adding(seconds: 60), at: start))
                try await outbox.settle(
                    queued.mail.id, claimedBy: "a", .undeliverable, reply: "550 no such user", at: start, recording: nil
                )
            }
            #expect(
                try await outbox.mail(in: [.waiting, .undeliverable], limit: 9).map(\.mail.id.rawValue) == [
                    "mail-1", "mail-0",
                ])
            #expect(try await outbox.retry(MailID(rawValue: "none"), at: start) == 0)
            #expect(try await outbox.retry(MailID(rawValue: "mail-1"), at: start) == 1)
            #expect(try await outbox.hasDueMail(at: start))
            #expect(try await outbox.retry(nil, at: time.adding(seconds: 3601)) == 0)
            // One is waiting on a server that no longer sends mail.
            #expect(try await outbox.deleteExpired(before: time.adding(seconds: 3600)) == 0)
            #expect(try await outbox.deleteExpired(before: time.adding(seconds: 4000)) == 2)
            #expect(try await outbox.mail(in: MailState.allCases, limit: 9).isEmpty)
        }
    }

    @Test func `an address gets one e-mail of a kind a minute and five an hour, the newest`() async throws {
        try await with { outbox, _, database in
            func enqueue(_ id: String, after seconds: Int64) async throws {
                let mail = mail(id, to: "a@example.com", at: time.adding(seconds: seconds))
                _ = try await database.write { try $0.enqueue(mail, isWanted: true) }
            }
            func states() async throws -> [String: Int] {
                Dictionary(grouping: try await outbox.mail(in: MailState.allCases, limit: 99), by: \.state.rawValue)
                    .mapValues(\.count)
            }
            try await enqueue("1", after: 0)
            try await enqueue("2", after: 59)
            #expect(try await states() == ["waiting": 1, "limited": 1])
            try await enqueue("3", after: 61)
            #expect(try await states() == ["waiting": 1, "limited": 1, "obsolete": 1])
            for minute in 2...9 { try await enqueue("x\(minute)", after: Int64(minute) * 61) }
            #expect(try await states() == ["waiting": 1, "obsolete": 4, "limited": 6])
            try await enqueue("last", after: 3700)
            #expect(try await outbox.mail(in: [.waiting], limit: 9).map(\.mail.id.rawValue) == ["last"])
        }
    }

    @Test func `mail to any address is limited by the user, and for all users together`() async throws {
        try await with { outbox, _, database async throws in
            func state(of user: Int, _ id: String, after seconds: Int64 = 0) async throws -> MailState {
                let time = time.adding(seconds: seconds)
                let mail = OutgoingMail(
                    id: MailID(rawValue: id), kind: .emailChange, userID: UserID(rawValue: "user \(user)"),
                    address: EmailAddress(stored: "a@example.com"), createdAt: time,
                    expiresAt: time.adding(seconds: 600))
                return try await database.write { try $0.enqueue(mail, isWanted: true) }
            }
            for user in 1...4 { #expect(try await state(of: user, "first \(user)") == .waiting) }
            #expect(try await state(of: 1, "again") == .limited)
            #expect(try await state(of: 5, "one too many") == .limited)
            // The mails of others wait on.
            #expect(try await outbox.mail(in: [.waiting], limit: 9).count == 4)
            #expect(try await state(of: 1, "newer", after: 61) == .waiting)
            #expect(try await outbox.mail(in: [.waiting], limit: 9).count == 4)
        }
    }

    @Test func `a clock that was set back delays no mail`() async throws {
        try await with { outbox, _, database in
            let earlier = time.adding(seconds: -7200)
            func enqueue(_ id: String, at time: Timestamp) async throws {
                let mail = mail(id, to: "a@example.com", at: time)
                _ = try await database.write { try $0.enqueue(mail, isWanted: true) }
            }
            try await enqueue("before", at: time)
            #expect(try await outbox.hasDueMail(at: earlier))
            let lease = earlier.adding(seconds: 60)
            #expect(try await outbox.claim(by: "a", until: lease, at: earlier)?.mail.id.rawValue == "before")
            // Nor does it count as one of the last minute.
            try await enqueue("after", at: earlier)
            #expect(try await outbox.claim(by: "a", until: lease, at: earlier)?.mail.id.rawValue == "after")
        }
    }

    @Test func `an address without an account writes the same rows, and gets no mail`() async throws {
        try await with { outbox, store, database in
            let alice = User(
                id: UserID(rawValue: "alice"), email: EmailAddress(stored: "a@example.com"), username: nil,
                isActive: true, createdAt: time, updatedAt: time)
            try await store.insert(alice, passwordHash: "x", recording: nil)
            try await store.insert(
                MailedLink(link: link("known"), mail: mail("1", to: "a@example.com"), event: event()))
            try await store.insert(
                MailedLink(link: link("unknown"), mail: mail("2", to: "b@example.com"), event: event()))
            let mails = try await outbox.mail(in: MailState.allCases, limit: 9)
            #expect(mails.map(\.state) == [.suppressed, .waiting])
            #expect(mails.map(\.mail.userID) == [nil, alice.id])
            let links = try await database.read { connection in
                try connection.rows("SELECT token_digest, user_id FROM account_links ORDER BY token_digest") {
                    "\($0.text(0)) \($0.optionalText(1) ?? "-")"
                }
            }
            #expect(links == ["known alice", "unknown -"])
            #expect(try await store.user(of: .passwordReset, tokenDigest: "known", at: time)?.id == alice.id)
            #expect(try await store.user(of: .passwordReset, tokenDigest: "unknown", at: time) == nil)
            // A link of a deactivated account is of no use, and its mail is not sent.
            _ = try await store.setActive(alice.id, false, at: time, recording: event())
            try await store.insert(
                MailedLink(
                    link: link("later"), mail: mail("3", to: "a@example.com", at: time.adding(seconds: 90)),
                    event: event()))
            #expect(try await outbox.mail(in: [.suppressed], limit: 9).count == 2)
        }
    }
}
