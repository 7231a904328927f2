import Auth
import Domain
import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing
import Web

@Suite struct AdminUsersAPITests {
    /// A site with alice, who is an admin, and bob.
    private func withAdmin(_ work: (TestSite, _ alice: APIClient, _ bob: APIClient) async throws -> Void) async throws {
        try await TestSite.with { site async throws in
            let (alice, bob) = (try await site.signUp("alice"), try await site.signUp("bob"))
            try await site.makeAdmin(alice)
            try await work(site, alice, bob)
        }
    }

    @Test func `admins find and read accounts, others get nothing`() async throws {
        try await withAdmin { site, alice, bob async throws in
            let found = await alice.send(.GET, "/api/admin/users?search=bo")
            #expect(found.status == .ok)
            #expect(try found.jsonArray().map { $0["email"] } == [.string("bob@example.com")])
            #expect(try await alice.send(.GET, "/api/admin/users?limit=1").jsonArray().count == 1)
            #expect(
                try await alice.send(.GET, "/api/admin/users?after=alice@example.com").jsonArray().map {
                    $0["is_admin"]
                }
                    == [.bool(false)])
            #expect(await alice.send(.GET, "/api/admin/users?limit=0").status == .unprocessableEntity)
            let user = try await alice.send(.GET, "/api/admin/users/\(bob.userID)").jsonObject()
            #expect(user["sessions"] == .integer(1) && user["has_second_factor"] == .bool(false))
            #expect(await alice.send(.GET, "/api/admin/users/nobody").status == .notFound)
            for path in ["/api/admin/users", "/api/admin/users/\(bob.userID)"] {
                let response = await bob.send(.GET, path)
                #expect(response.status == .notFound)
                #expect(response.detail == "There is nothing at this address.")
            }
            #expect(await bob.send(.POST, "/api/admin/users/\(bob.userID)/make-admin").status == .notFound)
            #expect(await site.send(.GET, "/api/admin/users").status == .unauthorized)
        }
    }

    @Test func `a token of a service that shares the secret makes no admin`() async throws {
        try await withAdmin { site, alice, _ async throws in
            let token = try site.sharedSecretToken(of: alice.userID)
            let elsewhere = APIClient(site: site, token: token, userID: alice.userID)
            #expect(await elsewhere.send(.GET, "/api/tasks").status == .ok)
            let response = await elsewhere.send(.GET, "/api/admin/users")
            #expect(response.status == .notFound)
            #expect(response.detail == "There is nothing at this address.")
        }
    }

    @Test func `a token with the scope reads, and changes nothing`() async throws {
        try await withAdmin { site, alice, bob async throws in
            func make(_ client: APIClient, _ scope: String) async throws -> Response {
                await client.send(.POST, "/api/tokens", json: #"{"name":"x","scopes":["\#(scope)"]}"#)
            }
            #expect(try await make(bob, "admin:read").status == .unprocessableEntity)
            guard case .string(let text)? = try await make(alice, "admin:read").jsonObject()["token"] else {
                throw TestSite.Unexpected()
            }
            let reader = APIClient(site: site, token: text, userID: alice.userID)
            #expect(await reader.send(.GET, "/api/admin/users").status == .ok)
            #expect(await reader.send(.POST, "/api/admin/users/\(bob.userID)/deactivate").status == .forbidden)
            #expect(await reader.send(.DELETE, "/api/admin/users/\(bob.userID)").status == .forbidden)
            guard case .string(let tasks)? = try await make(alice, "tasks:read").jsonObject()["token"] else {
                throw TestSite.Unexpected()
            }
            let other = APIClient(site: site, token: tasks, userID: alice.userID)
            #expect(await other.send(.GET, "/api/admin/users").status == .forbidden)

            // The scope has no effect without the role.
            try await site.makeAdmin(bob)
            let administration = site.services.administration(by: .server)
            #expect(try await administration.revokeAdmin(#require(try await administration.user(alice.userID))))
            #expect(await reader.send(.GET, "/api/admin/users").status == .notFound)
        }
    }

    @Test func `admins act with a recent proof or the password, and the trail names them`() async throws {
        try await withAdmin { site, alice, bob async throws in
            let path = "/api/admin/users/\(bob.userID)"
            let off = await alice.send(.POST, "\(path)/deactivate")
            #expect(off.status == .ok)
            #expect(try off.jsonObject()["is_active"] == .bool(false))
            #expect(await bob.send(.GET, "/api/tasks").status == .unauthorized)
            let record = try #require(try await site.auditRecords().last { $0.kind == .userDeactivated })
            #expect(record.actor == "admin: \(alice.userID)" && record.userID?.rawValue == bob.userID)
            #expect(await alice.send(.POST, "\(path)/reset-link").status == .unauthorized)
            for action in ["activate", "verify", "end-sessions", "revoke-tokens", "remove-factor", "make-admin"] {
                #expect(await alice.send(.POST, "\(path)/\(action)").status == .ok, "\(action)")
            }
            let link = await alice.send(.POST, "\(path)/reset-link")
            #expect(link.status == .created && link.text.contains("http://tasks.test/reset/"))
            site.clock.advance(seconds: RecentProof.lifetimeSeconds + 1)
            #expect(await alice.send(.POST, "\(path)/revoke-admin").status == .forbidden)
            #expect(
                await alice.send(.POST, "\(path)/revoke-admin", json: #"{"password":"wrong"}"#).status == .unauthorized)
            #expect(
                await alice.send(.POST, "\(path)/revoke-admin", json: #"{"password":"kept-by-lice"}"#).status == .ok)
            let own = "/api/admin/users/\(alice.userID)"
            let last = await alice.send(.DELETE, own, json: #"{"password":"kept-by-lice"}"#)
            #expect(last.status == .conflict && last.detail.hasPrefix("This is the last admin."))
            #expect(await alice.send(.DELETE, path, json: #"{"password":"kept-by-lice"}"#).status == .noContent)
            #expect(await alice.send(.GET, path).status == .notFound)
        }
    }
}
