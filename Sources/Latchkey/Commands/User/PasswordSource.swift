import ArgumentParser
import Auth

/// The source of a new password: never an argument, which other users of the machine could read.
struct PasswordSource: ParsableArguments {
    @Flag(help: "Read the password from standard input, one line.") var stdin = false
    @Flag(help: "Make a password up and print it.") var generate = false

    func validate() throws {
        guard !(stdin && generate) else { throw ValidationError("Give --stdin or --generate, not both.") }
    }

    func read() throws -> String {
        if generate { return try AccountAdministration.generatePassword() }
        if stdin {
            guard let line = Terminal.line() else { throw CommandFailure("There is no password on standard input.") }
            return line
        }
        guard let first = try Terminal.askSecretly("New password: ") else {
            throw CommandFailure("There is no terminal to ask on. Give the password with --stdin, or use --generate.")
        }
        guard let second = try Terminal.askSecretly("Once more: "), first.utf8.elementsEqual(second.utf8) else {
            throw CommandFailure("The two passwords differ; nothing was changed.")
        }
        return first
    }

    /// Prints a generated password, which is available only here.
    func show(_ password: String) { if generate { print("Password: \(password)") } }
}
