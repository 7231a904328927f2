import ArgumentParser

struct UserMakeAdmin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-admin", abstract: "Make a user an admin, who manages the server at /admin.")
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            guard user.isActive else { throw CommandFailure("\(user.email) is deactivated; activate the user first.") }
            guard try await accounts.administration.makeAdmin(user) else {
                return print("\(user.email) is an admin already.")
            }
            print("\(user.email) is an admin.")
        }
    }
}

struct UserRevokeAdmin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke-admin", abstract: "Make an admin an ordinary user. There has to be another admin.",
        discussion: "An address in ADMIN_EMAILS is made an admin again at the next start.")
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            guard try await accounts.administration.revokeAdmin(user) else {
                return print("\(user.email) is not an admin.")
            }
            print("\(user.email) is no longer an admin.")
        }
    }
}
