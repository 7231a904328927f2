import Auth
import Domain
import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing
import Web

@Suite struct AdminTrailAPITests {
    /// A site on which alice, an admin, has deactivated bob.
    private func withTrail(_ work: (TestSite, _ alice: APIClient, _ bob: APIClient) async throws -> Void) async throws {
        try await TestSite.with { site async throws in
            let (alice, bob) = (try await site.signUp("alice"), try await site.signUp("bob"))
            try await site.makeAdmin(alice)
            let deactivated = await alice.send(.POST, "/api/admin/users/\(bob.userID)/deactivate")
            try #require(deactivated.status == .ok)
            try await work(site, alice, bob)
        }
    }

    private func events(_ client: APIClient, _ query: String) async throws -> [JSONValue?] {
        let response = await client.send(.GET, "/api/admin/trail?\(query)")
        try #require(response.status == .ok)
        return try response.jsonArray().map { $0["event"] }
    }

    @Test func `rows are found by actor, user, event and time`() async throws {
        try await withTrail { site, alice, bob async throws in
            #expect(try await events(alice, "by=\(alice.userID)").contains("user_deactivated"))
            #expect(try await events(alice, "by=alice%40example.com&event=user_deactivated") == ["user_deactivated"])
            #expect(try await events(alice, "by=admin") == ["user_deactivated"])
            #expect(try await !events(alice, "by=user&user=\(bob.userID)").contains("user_deactivated"))
            #expect(try await events(alice, "by=\(bob.userID)") == ["user_created"])
            #expect(try await events(alice, "user=bob%40example.com&by=admin") == ["user_deactivated"])
            #expect(try await events(alice, "by=command-line").isEmpty)
            #expect(try await events(alice, "until=2001-01-01").isEmpty)
            #expect(try await events(alice, "since=2001-01-01T12:00:00Z&by=admin").count == 1)
        }
    }

    @Test func `pages follow each other to the first row`() async throws {
        try await withTrail { _, alice, _ async throws in
            let all = try await alice.send(.GET, "/api/admin/trail").jsonArray().map { $0["number"] }
            #expect(all.last == .integer(1) && all.count > 3)
            var (found, path): ([JSONValue?], String?) = ([], "/api/admin/trail?limit=2&since=2001-01-01")
            while let next = path {
                let response = await alice.send(.GET, next)
                try #require(response.status == .ok)
                found += try response.jsonArray().map { $0["number"] }
                path = response.headers.first(name: "link").flatMap {
                    $0.split(separator: ">").first.map { String($0.dropFirst()) }
                }
                #expect(path?.contains("since=2001-01-01") != false)
            }
            #expect(found == all)
        }
    }

    @Test func `an invalid filter is named`() async throws {
        try await withTrail { _, alice, _ async throws in
            for query in [
                "limit=0", "limit=501", "cursor=x", "cursor=0", "event=nothing", "since=yesterday",
                "until=2026-13-01", "by=nobody%40example.com", "user=nobody%40example.com",
            ] {
                let response = await alice.send(.GET, "/api/admin/trail?\(query)")
                #expect(response.status == .unprocessableEntity, "\(query)")
            }
        }
    }

    @Test func `the trail verifies, and a changed row is reported`() async throws {
        try await withTrail { site, alice, _ async throws in
            let good = try await alice.send(.GET, "/api/admin/trail/verification").jsonObject()
            #expect(good["is_intact"] == .bool(true) && good["rows"] != .null)
            try await site.database.write { connection in
                switch connection.dialect {
                case .sqlite: try connection.execute("DROP TRIGGER audit_events_are_never_changed")
                case .postgres: try connection.execute("ALTER TABLE audit_events DISABLE TRIGGER ALL")
                }
                try connection.execute("UPDATE audit_events SET actor = 'server' WHERE number = 2")
            }
            let bad = try await alice.send(.GET, "/api/admin/trail/verification").jsonObject()
            #expect(bad["is_intact"] == .bool(false) && bad["rows"] == .null && bad["last"] == .null)
        }
    }

    @Test func `other users get nothing, and a token needs the scope`() async throws {
        try await TestSite.with { site async throws in
            let (alice, bob) = (try await site.signUp("alice"), try await site.signUp("bob"))
            try await site.makeAdmin(alice)
            func token(_ scope: String) async throws -> APIClient {
                let response = await alice.send(.POST, "/api/tokens", json: #"{"name":"x","scopes":["\#(scope)"]}"#)
                guard case .string(let token)? = try response.jsonObject()["token"] else { throw HTTPError.unknownPath }
                return APIClient(site: site, token: token, userID: alice.userID)
            }
            let (reader, other) = (try await token("admin:read"), try await token("account:read"))
            for path in ["/api/admin/trail", "/api/admin/trail/verification"] {
                #expect(await reader.send(.GET, path).status == .ok)
                #expect(await other.send(.GET, path).status == .forbidden)
                #expect(await bob.send(.GET, path).status == .notFound)
                #expect(await site.send(.GET, path).status == .unauthorized)
            }
        }
    }
}
