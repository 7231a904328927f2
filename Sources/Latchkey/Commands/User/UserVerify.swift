import ArgumentParser

struct UserVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Mark a user's e-mail address as verified, without sending an e-mail.")
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            guard try await accounts.administration.verify(user) else {
                return print("\(user.email) is verified already.")
            }
            print("\(user.email) is verified.")
        }
    }
}
