import App
import Auth
import Basics
import Domain
import TestSupport
import Testing

@Suite struct DeletionServiceTests {
    private static let day: Int64 = 86_400
    private let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")

    /// Alice has a task and has asked for the deletion; Bob has a task.
    private func withRequest(_ work: (AuditedServices, _ alice: SignIn, _ bob: SignIn) async throws -> Void)
        async throws
    {
        try await AuditedServices.with { services in
            let (alice, bob) = (try await services.signUp("alice"), try await services.signUp("bob"))
            for user in [alice.user, bob.user] {
                _ = try await services.tasks.create(
                    TaskDraft(TaskContent(title: TaskTitle("x"), description: nil)), for: TaskOwner(user.id))
            }
            services.clock.advance(seconds: 1)
            try await services.deletions.request(of: alice.user, from: client)
            try await work(services, alice, bob)
        }
    }

    private func pending(_ services: AuditedServices) async throws -> PendingDeletion {
        do {
            _ = try await services.signIn("alice")
        } catch AppError.deletionPending(let pending) {
            return pending
        }
        throw NotPending()
    }

    private struct NotPending: Error {}

    @Test func `requesting the deletion ends all sessions, and nothing signs in afterwards`() async throws {
        try await withRequest { services, alice, bob in
            #expect(try await services.sessions.identity(sessionToken: alice.sessionToken) == nil)
            await #expect(throws: AppError.invalidToken) {
                try await services.sessions.identity(accessToken: alice.accessToken)
            }
            #expect(try await services.sessions.identity(sessionToken: bob.sessionToken) != nil)
            // A wrong password learns nothing.
            await #expect(throws: AppError.badCredentials) {
                try await services.signIn("alice", "a wrong password")
            }
            #expect(try await pending(services).userID == alice.user.id)
            await #expect(throws: AppError.emailTaken) { try await services.signUp("alice") }
            let user = try #require(try await services.accountStore.user(alice.user.id))
            #expect(!user.isActive && user.deletionRequestedAt == services.clock.now)
        }
    }

    @Test func `the right password restores the account with everything in it`() async throws {
        try await withRequest { services, alice, _ in
            let offer = try await pending(services)
            let signIn = try await services.auth.cancelDeletion(offer, from: client)
            #expect(signIn.user.isActive && signIn.user.deletionRequestedAt == nil)
            #expect(try await services.sessions.identity(sessionToken: signIn.sessionToken)?.user.id == alice.user.id)
            #expect(try await services.tasks.list(for: alice.user.id, matching: TaskQuery(limit: 10)).count == 1)
            services.clock.advance(seconds: 40 * Self.day)
            #expect(try await services.deletions.deleteDue() == 0)
            #expect(try await services.signIn("alice").user.id == alice.user.id)
            // The offer holds for one request of a deletion.
            await #expect(throws: AppError.badCredentials) {
                try await services.auth.cancelDeletion(offer, from: client)
            }
            try await services.deletions.request(of: alice.user, from: client)
            await #expect(throws: AppError.badCredentials) {
                try await services.auth.cancelDeletion(offer, from: client)
            }
        }
    }

    @Test func `an offer to keep the account is void once the password has changed`() async throws {
        try await withRequest { services, alice, _ in
            let offer = try await pending(services)
            _ = try await services.administration(by: .server).setPassword(of: alice.user, to: "another password")
            await #expect(throws: AppError.badCredentials) {
                try await services.auth.cancelDeletion(offer, from: client)
            }
            #expect(try await services.accountStore.user(alice.user.id)?.isActive == false)
        }
    }

    @Test func `after thirty days the account is deleted with everything in it`() async throws {
        try await withRequest { services, alice, bob in
            let offer = try await pending(services)
            services.clock.advance(seconds: 30 * Self.day - 1)
            #expect(try await services.deletions.deleteDue() == 0)
            services.clock.advance(seconds: 1)
            #expect(try await services.deletions.deleteDue() == 1)
            #expect(try await services.deletions.deleteDue() == 0)
            #expect(try await services.accountStore.user(alice.user.id) == nil)
            #expect(try await services.accountStore.user(bob.user.id) != nil)
            let owners = try await services.database.read { try $0.rows("SELECT user_id FROM tasks") { $0.text(0) } }
            #expect(owners == [bob.user.id.rawValue])
            await #expect(throws: AppError.badCredentials) { try await services.signIn("alice") }
            await #expect(throws: AppError.badCredentials) {
                try await services.auth.cancelDeletion(offer, from: client)
            }
            #expect(try await services.signUp("alice").user.id != alice.user.id)
        }
    }

    @Test func `the operator cancels the deletion by activating the account, or deletes at once`() async throws {
        try await withRequest { services, alice, bob in
            let operations = services.administration(by: .init(actor: .commandLine("root")))
            let user = try #require(try await operations.user("alice@example.com"))
            #expect(try await operations.setActive(user, true) == 0)
            services.clock.advance(seconds: 31 * Self.day)
            #expect(try await services.deletions.deleteDue() == 0)
            #expect(try await services.signIn("alice").user.isActive)
            try await services.deletions.request(of: bob.user, from: client)
            #expect(try await operations.delete(bob.user))
            #expect(try await services.accountStore.user(bob.user.id) == nil)
        }
    }

    @Test func `the operator can deactivate an account whose deletion was requested`() async throws {
        try await withRequest { services, _, bob in
            let offer = try await pending(services)
            let operations = services.administration(by: .server)
            let user = try #require(try await operations.user("alice@example.com"))
            #expect(try await operations.setActive(user, false) == 0)
            await #expect(throws: AppError.inactiveAccount) { try await services.signIn("alice") }
            await #expect(throws: AppError.badCredentials) {
                try await services.auth.cancelDeletion(offer, from: client)
            }
            services.clock.advance(seconds: 31 * Self.day)
            #expect(try await services.deletions.deleteDue() == 0)
            #expect(try await operations.setActive(user, false) == nil)
        }
    }

    @Test func `requesting a deletion leaves a deactivated user deactivated`() async throws {
        try await withRequest { services, _, bob in
            let operations = services.administration(by: .server)
            _ = try await operations.setActive(bob.user, false)
            try await services.deletions.request(of: bob.user, from: client)
            #expect(try await services.accountStore.user(bob.user.id)?.deletionRequestedAt == nil)
            await #expect(throws: AppError.inactiveAccount) { try await services.signIn("bob") }
        }
    }

    @Test func `each step is in the audit trail`() async throws {
        try await withRequest { services, alice, _ in
            _ = try await services.auth.cancelDeletion(try await pending(services), from: client)
            try await services.deletions.request(of: alice.user, from: client)
            let user = try #require(try await services.accountStore.user(alice.user.id))
            _ = try await services.administration(by: .init(actor: .commandLine("root"))).setActive(user, true)
            try await services.deletions.request(of: alice.user, from: client)
            services.clock.advance(seconds: 30 * Self.day)
            _ = try await services.deletions.deleteDue()
            let records = try await services.records().filter { $0.userID == alice.user.id }
            #expect(
                records.map { "\($0.event) \($0.actor) \($0.details)" } == [
                    "user_created user {}", #"user_deletion_requested user {"sessions_ended":"1"}"#,
                    #"authn_login_fail user {"reason":"deletion requested"}"#, "user_deletion_cancelled user {}",
                    "authn_login_success user {}", #"user_deletion_requested user {"sessions_ended":"1"}"#,
                    "user_deletion_cancelled command line: root {}",
                    #"user_deletion_requested user {"sessions_ended":"0"}"#,
                    #"user_deleted server {"reason":"requested by the user"}"#,
                ])
            #expect(try await services.verify().isGood)
        }
    }
}
