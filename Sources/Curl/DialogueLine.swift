/// A command to a server, or a line of its reply.
package struct DialogueLine: Sendable, Equatable {
    package let isCommand: Bool
    package let text: String
}
