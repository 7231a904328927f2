import ArgumentParser

struct UserDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a user with all tasks, for good.")
    @OptionGroup var target: UserTarget
    @Flag(help: "Don't ask.") var yes = false

    func run() async throws {
        try await target.withUser { accounts, user in
            if !yes { try Terminal.confirmDeletion("Delete \(user.email) with all tasks, for good?") }
            guard try await accounts.administration.delete(user) else {
                throw CommandFailure("The user is gone already.")
            }
            print("\(user.email) is deleted.")
        }
    }
}
