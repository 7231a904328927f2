import Auth
import Domain
import HTTPServer
import NIOHTTP1
import TestSupport
import Testing
import Web

@Suite struct AdminSetupTests {
    @Test func `the token makes a signed-in user the admin, once`() async throws {
        try await TestSite.with { site async throws in
            let token = try #require(try await site.services.adminSetup.open())
            #expect(await site.send(.GET, "/admin/setup").headers["location"] == ["/login?next=%2Fadmin%2Fsetup"])
            let (alice, bob) = (Browser(site), Browser(site))
            try await alice.signUp("alice")
            try await bob.signUp("bob")
            // The first user does not become an admin.
            #expect(await alice.open("/admin").status == .notFound)
            await bob.open("/admin/setup")
            for wrong in ["", "x", String(token.reversed())] {
                await bob.submit("/admin/setup", ["token": wrong])
                #expect(bob.page.status == .unprocessableEntity)
                #expect(bob.page.text.contains("This is not the setup token"))
            }
            let late = Browser(site)
            try await late.signUp("carol")
            await late.open("/admin/setup")
            await bob.submit("/admin/setup", ["token": " \(token)\n"])
            #expect(bob.page.status == .ok && bob.page.text.contains("<h1>Server</h1>"))
            #expect(await late.submit("/admin/setup", ["token": token]).status == .notFound)
            #expect(await alice.open("/admin/setup").status == .notFound)
            #expect(try await site.services.adminSetup.open() == nil)

            let records = try await site.auditRecords()
            let change = try #require(records.last { $0.kind == .roleChanged })
            #expect(change.details == #"{"from":"user","to":"admin","reason":"setup token"}"#)
            #expect(change.isByUser && change.userID != nil)
            #expect(records.contains { $0.kind == .tokenCreated && $0.details == #"{"purpose":"setup token"}"# })
            #expect(records.filter { $0.kind == .tokenReused }.count == 3)
            #expect(!"\(records)".contains(token))
        }
    }

    @Test func `the token is valid for an hour`() async throws {
        try await TestSite.with { site async throws in
            let token = try #require(try await site.services.adminSetup.open())
            let alice = Browser(site)
            try await alice.signUp("alice")
            await alice.open("/admin/setup")
            site.clock.advance(seconds: AdminSetup.lifetimeSeconds)
            #expect(await alice.submit("/admin/setup", ["token": token]).status == .notFound)
            #expect(await alice.open("/admin").status == .notFound)
        }
    }

    @Test func `guesses are limited`() async throws {
        var rules = ThrottleRules.none
        rules.address = try #require(ThrottleLimit.list("3/900"))
        try await TestSite.with(throttleRules: rules) { site async throws in
            let token = try #require(try await site.services.adminSetup.open())
            let alice = Browser(site)
            try await alice.signUp("alice")
            await alice.open("/admin/setup")
            for _ in 0..<3 {
                #expect(await alice.submit("/admin/setup", ["token": "x"]).status == .unprocessableEntity)
            }
            #expect(await alice.submit("/admin/setup", ["token": token]).status == .tooManyRequests)
            #expect(await alice.open("/admin").status == .notFound)
        }
    }
}
