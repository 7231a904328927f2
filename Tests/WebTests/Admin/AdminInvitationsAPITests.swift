import Auth
import Domain
import HTTPServer
import JSON
import TestSupport
import Testing
import Web

@Suite struct AdminInvitationsAPITests {
    private static let path = "/api/admin/invitations"

    /// A site on which alice is an admin, and bob is not.
    private func withAdmin(
        _ mode: SignUpPolicy.Mode = .invited,
        _ work: (TestSite, _ alice: APIClient, _ bob: APIClient) async throws -> Void
    ) async throws {
        try await TestSite.with(signUp: SignUpPolicy(mode)) { site async throws in
            for name in ["alice", "bob"] {
                _ = try await site.services.administration(by: .server).create(
                    email: "\(name)@example.com", username: name, password: "kept-by-\(name.dropFirst())",
                    isAdmin: name == "alice")
            }
            try await work(site, try await site.signIn("alice"), try await site.signIn("bob"))
        }
    }

    private func signUp(_ site: TestSite, _ name: String, _ invitation: Substring) async -> Response {
        await site.send(
            .POST, "/api/auth/signup", ["content-type": "application/json"],
            body: #"{"email":"\#(name)@example.com","password":"wool and sky","invitation":"\#(invitation)"}"#)
    }

    @Test func `an invitation is made, used, listed and revoked`() async throws {
        try await withAdmin { site, alice, _ async throws in
            let response = await alice.send(.POST, Self.path)
            try #require(response.status == .created)
            let made = try response.jsonObject()
            #expect(made["state"] == .string("open") && made["email"] == .null && made["maximum_uses"] == .integer(1))
            guard case .string(let url)? = made["url"], case .string(let id)? = made["id"] else {
                throw TestSite.Unexpected()
            }
            let token = try #require(url.firstMatch(of: /^http:\/\/tasks\.test\/invitation\/(\w{32})$/)?.1)
            #expect(await signUp(site, "carol", token).status == .created)
            #expect(await signUp(site, "dan", token).status == .forbidden)

            let limited = #"{"email":" Erin@example.com","uses":null,"expires_in_days":30}"#
            let second = await alice.send(.POST, Self.path, json: limited)
            try #require(second.status == .created)
            let listed = await alice.send(.GET, Self.path)
            try #require(listed.status == .ok)
            let all = try listed.jsonArray()
            #expect(all.map { $0["email"] } == [.string("erin@example.com"), .null])
            #expect(all.map { $0["state"] } == [.string("open"), .string("used")])
            #expect(all.map { $0["maximum_uses"] } == [.null, .integer(1)])
            #expect(all.map { $0["created_by"] } == Array(repeating: .string("admin: \(alice.userID)"), count: 2))
            #expect(!listed.text.contains("url") && !listed.text.contains(token))

            for _ in 1...2 {
                let revoked = await alice.send(.POST, "\(Self.path)/\(id)/revoke")
                #expect(revoked.status == .ok)
                #expect(try revoked.jsonObject()["state"] == .string("revoked"))
            }
            let records = try await site.auditRecords().filter { $0.event.hasPrefix("invitation_") }
            #expect(
                records.map(\.event) == [
                    "invitation_created", "invitation_used", "invitation_created", "invitation_revoked",
                ])
            #expect(records.last?.actor == "admin: \(alice.userID)")
            #expect(await alice.send(.POST, "\(Self.path)/nothing/revoke").status == .notFound)
        }
    }

    @Test func `pages follow each other to the first invitation`() async throws {
        try await withAdmin { _, alice, _ async throws in
            for _ in 1...5 { #expect(await alice.send(.POST, Self.path).status == .created) }
            let all = try await alice.send(.GET, Self.path).jsonArray().map { $0["id"] }
            var (found, path): ([JSONValue?], String?) = ([], Self.path + "?limit=2")
            while let next = path {
                let response = await alice.send(.GET, next)
                try #require(response.status == .ok)
                found += try response.jsonArray().map { $0["id"] }
                path = response.headers.first(name: "link").flatMap {
                    $0.split(separator: ">").first.map { String($0.dropFirst()) }
                }
            }
            #expect(all.count == 5 && found == all)
        }
    }

    @Test func `an invitation that would admit no one is refused with the field`() async throws {
        try await withAdmin { _, alice, _ async throws in
            for (body, field) in [
                (#"{"email":"nonsense"}"#, "email"), (#"{"email":""}"#, "email"),
                (#"{"email":"bob@example.com"}"#, "email"), (#"{"email":7}"#, "email"), (#"{"uses":0}"#, "uses"),
                (#"{"uses":1000001}"#, "uses"), (#"{"uses":"1"}"#, "uses"), (#"{"uses":1.5}"#, "uses"),
                (#"{"expires_in_days":0}"#, "expires_in_days"), (#"{"expires_in_days":366}"#, "expires_in_days"),
                (#"{"expires_in_days":null}"#, "expires_in_days"),
            ] {
                let response = await alice.send(.POST, Self.path, json: body)
                #expect(response.status == .unprocessableEntity, "\(body)")
                #expect(response.text.contains("\"\(field)\""), "\(body) \(response.text)")
            }
            for query in ["limit=0", "limit=501", "limit=x", "cursor=%20"] {
                #expect(await alice.send(.GET, "\(Self.path)?\(query)").status == .unprocessableEntity, "\(query)")
            }
            #expect(try await alice.send(.GET, Self.path).jsonArray().isEmpty)
        }
        try await withAdmin(.closed) { _, alice, _ async throws in
            let response = await alice.send(.POST, Self.path)
            #expect(response.status == .forbidden && response.detail.hasPrefix("Sign-up is closed."))
        }
    }

    @Test func `making and revoking requires an admin's own session with a recent proof`() async throws {
        try await withAdmin { site, alice, bob async throws in
            let made = await alice.send(.POST, Self.path)
            guard case .string(let id)? = try made.jsonObject()["id"] else { throw TestSite.Unexpected() }
            let reader = try await alice.makeToken([.adminRead])
            #expect(await reader.send(.GET, Self.path).status == .ok)
            site.clock.advance(seconds: RecentProof.lifetimeSeconds + 1)
            for path in [Self.path, "\(Self.path)/\(id)/revoke"] {
                #expect(await reader.send(.POST, path, json: #"{"password":"kept-by-lice"}"#).status == .forbidden)
                #expect(await bob.send(.POST, path, json: #"{"password":"kept-by-ob"}"#).status == .notFound)
                #expect(await site.send(.POST, path).status == .unauthorized)
                #expect(await alice.send(.POST, path).status == .forbidden)
                #expect(await alice.send(.POST, path, json: #"{"password":"wrong"}"#).status == .unauthorized)
            }
            #expect(await bob.send(.GET, Self.path).status == .notFound)
            #expect(try await alice.send(.GET, Self.path).jsonArray().map { $0["state"] } == [.string("open")])
            let password = #"{"password":"kept-by-lice"}"#
            #expect(await alice.send(.POST, "\(Self.path)/\(id)/revoke", json: password).status == .ok)
            #expect(await alice.send(.POST, Self.path, json: password).status == .created)
        }
    }
}
