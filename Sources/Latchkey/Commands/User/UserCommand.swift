import ArgumentParser

/// Accounts, from the command line. Works while the server runs, and notifies it of each change.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract:
            "List, make, deactivate or delete accounts, set passwords, remove second factors, revoke API tokens, make admins.",
        discussion: """
            Users are named by their id or e-mail address. Needs the settings of the server, BETTER_AUTH_SECRET \
            included, as everything is recorded in the audit trail with the name of who did it.
            """,
        subcommands: [
            UserList.self, UserShow.self, UserCreate.self, UserDeactivate.self, UserActivate.self, UserVerify.self,
            UserSetPassword.self, UserResetLink.self, UserTokens.self, UserRevokeToken.self, UserRemoveFactor.self,
            UserStopReset.self, UserRemovePasskeys.self, UserUnlinkProviders.self,
            UserMakeAdmin.self, UserRevokeAdmin.self, UserDelete.self,
        ])
}

extension UserCommand {
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
