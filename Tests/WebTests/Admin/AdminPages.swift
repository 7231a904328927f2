import Auth
import Domain
import TestSupport
import Testing

/// The accounts with which tests of the pages for admins begin.
enum AdminPages {
    /// A site with two accounts: alice's, who is an admin, and bob's.
    static func with(
        hasMail: Bool = false, signUp: SignUpPolicy = SignUpPolicy(),
        _ work: (TestSite, _ alice: Browser, _ admin: User, _ bob: User) async throws -> Void
    ) async throws {
        try await TestSite.with(hasMail: hasMail, signUp: signUp) { site async throws in
            let administration = site.services.administration(by: .server)
            for name in ["alice", "bob"] {
                _ = try await administration.create(
                    email: "\(name)@example.com", username: name, password: "kept-by-\(name.dropFirst())",
                    isAdmin: name == "alice")
            }
            let admin = try #require(try await administration.user("alice@example.com"))
            let bob = try #require(try await administration.user("bob@example.com"))
            try await work(site, try await signIn("alice", site), admin, bob)
        }
    }

    static func signIn(_ name: String, _ site: TestSite) async throws -> Browser {
        let browser = Browser(site)
        await browser.open("/login")
        await browser.submit(
            "/login", ["email": "\(name)@example.com", "password": "kept-by-\(name.dropFirst())"])
        try #require(browser.page.status == .ok)
        return browser
    }

    static func path(_ user: User) -> String { "/admin/people/\(user.id)" }

    /// The last event of this kind, which was caused by this admin.
    static func event(_ kind: AuditEvent.Kind, by admin: User, _ site: TestSite) async throws -> AuditRecord {
        let record = try #require(try await site.auditRecords().last { $0.kind == kind })
        #expect(record.actor == "admin: \(admin.id)" && record.admin == admin.id)
        #expect(record.ipAddress == "127.0.0.1" && record.request?.hasPrefix("POST /admin/") == true)
        return record
    }
}
