import Auth
import Basics
import Domain
import Storage
import Testing

@Suite struct AuditAuthorTests {
    /// Rows of all kinds of authors: about alice, unless another is named.
    private func withRows(_ work: (AuditedServices, _ alice: UserID, _ bob: UserID) async throws -> Void) async throws {
        try await AuditedServices.with { services async throws in
            let (alice, bob) = (UserID(rawValue: "alice"), UserID(rawValue: "bob"))
            let rows: [(AuditEvent.Actor, UserID?)] = [
                (.user, alice), (.server, nil), (.admin(bob), alice), (.commandLine("root"), alice), (.user, bob),
                (.commandLine("admin: bob"), nil), (.admin(UserID(rawValue: "bobby")), bob), (.user, nil),
            ]
            for (actor, user) in rows {
                let event = AuditEvent(
                    .userDeactivated, at: services.clock.now, by: AuditEvent.Source(actor: actor), user: user)
                try await services.auditStore.append(event)
            }
            try await work(services, alice, bob)
        }
    }

    @Test func `rows are found by author, in order and with other conditions`() async throws {
        try await withRows { services, alice, bob async throws in
            let store = services.auditStore
            func numbers(_ author: AuditAuthor, user: UserID? = nil) async throws -> [Int64] {
                let query = AuditQuery(user: user, author: author, limit: 100)
                let numbers = try await store.first(query).map(\.number)
                #expect(try await store.last(query).map(\.number) == numbers)
                return numbers
            }
            #expect(try await numbers(.users) == [1, 5, 8])
            #expect(try await numbers(.admins) == [3, 7])
            #expect(try await numbers(.server) == [2])
            #expect(try await numbers(.commandLine(nil)) == [4, 6])
            #expect(try await numbers(.commandLine("root")) == [4])
            #expect(try await numbers(.account(bob)) == [3, 5])
            #expect(try await numbers(.account(alice)) == [1])
            #expect(try await numbers(.account(bob), user: alice) == [3])
            #expect(try await numbers(.admins, user: bob) == [7])
            #expect(try await numbers(.account(UserID(rawValue: "nobody"))).isEmpty)
        }
    }

    @Test func `pages read from two indexes match those of one`() async throws {
        try await withRows { services, _, bob async throws in
            var query = AuditQuery(author: .account(bob), limit: 1)
            #expect(try await services.auditStore.first(query).map(\.number) == [3])
            #expect(try await services.auditStore.last(query).map(\.number) == [5])
            query.before = 5
            #expect(try await services.auditStore.last(query).map(\.number) == [3])
            query.after = 3
            #expect(try await services.auditStore.last(query).isEmpty)
        }
    }

    @Test func `authors have names`() {
        #expect(AuditAuthor("user") == .users && AuditAuthor("admin") == .admins && AuditAuthor("server") == .server)
        #expect(AuditAuthor("command-line") == .commandLine(nil))
        #expect(AuditAuthor("command-line:root") == .commandLine("root"))
        #expect(AuditAuthor("0199") == .account(UserID(rawValue: "0199")))
    }
}
