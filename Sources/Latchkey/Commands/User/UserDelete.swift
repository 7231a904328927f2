import ArgumentParser

struct UserDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a user with all tasks, for good.")
    @OptionGroup var target: UserTarget
    @Flag(help: "Don't ask.") var yes = false

    func run() async throws {
        try await target.withUser { accounts, user in
            if !yes {
                guard let answer = try Terminal.ask("Delete \(user.email) with all tasks, for good? [y/N] ") else {
                    throw CommandFailure("There is nobody to ask. Give --yes if you are certain.")
                }
                guard ["y", "yes"].contains(answer.lowercased()) else { throw CommandFailure("Nothing was deleted.") }
            }
            guard try await accounts.administration.delete(user) else {
                throw CommandFailure("The user is gone already.")
            }
            print("\(user.email) is deleted.")
        }
    }
}
