/// An e-mail that must not be sent.
package enum MailError: Error, Sendable, Equatable, CustomStringConvertible {
    case invalidAddress
    /// A line break, say, which would begin another header.
    case controlCharacter

    package var description: String {
        switch self {
        case .invalidAddress: "This is not an address that mail can be sent to."
        case .controlCharacter: "A header of an e-mail must not contain control characters."
        }
    }
}
