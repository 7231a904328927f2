import ArgumentParser

struct UserDeactivate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deactivate", abstract: "Keep a user out: all sessions end, nothing is deleted.")
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            guard let ended = try await accounts.administration.setActive(user, false) else {
                return print("\(user.email) is deactivated already.")
            }
            let cancelled = user.deletionRequestedAt == nil ? "" : "; the deletion is cancelled"
            print("\(user.email) is deactivated\(cancelled); \(UserCommand.count(ended, "session")) ended.")
        }
    }
}

struct UserActivate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate", abstract: "Let a deactivated user in again, or one whose deletion is pending.")
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            guard try await accounts.administration.setActive(user, true) != nil else {
                return print("\(user.email) is active already.")
            }
            let cancelled = user.deletionRequestedAt == nil ? "" : "; the deletion is cancelled"
            print("\(user.email) is active again\(cancelled).")
        }
    }
}
