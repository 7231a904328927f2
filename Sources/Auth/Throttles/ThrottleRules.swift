import Basics
import Domain

/// Limits on attempts. An empty list limits nothing; if there are several limits, all must have room.
package struct ThrottleRules: Sendable, Equatable {
    /// Wrong passwords from one client address.
    package var address: [ThrottleLimit]
    /// Wrong passwords for one account, from any address.
    package var account: [ThrottleLimit]
    /// Wrong passwords for one account from a known device.
    package var device: [ThrottleLimit]
    /// Accounts created from one client address, and attempts to create one; as many invalid invitations opened.
    package var signUp: [ThrottleLimit]
    /// Requests for mails from one client address.
    package var mail: [ThrottleLimit]
    /// True if programs on this machine may sign users up without limit.
    package var exemptsLocalSignUps: Bool

    package init(
        address: [ThrottleLimit], account: [ThrottleLimit], device: [ThrottleLimit], signUp: [ThrottleLimit],
        mail: [ThrottleLimit] = [], exemptsLocalSignUps: Bool
    ) {
        self.address = address
        self.account = account
        self.device = device
        self.signUp = signUp
        self.mail = mail
        self.exemptsLocalSignUps = exemptsLocalSignUps
    }

    package static let none = ThrottleRules(address: [], account: [], device: [], signUp: [], exemptsLocalSignUps: true)
}

extension ThrottleLimit {
    /// Parses `15/60, 100/3600`: 15 in a minute and 100 in an hour. Nil if the syntax is different.
    package static func list(_ text: String) -> [ThrottleLimit]? {
        let parts = text.split(separator: ",").map { $0.trimmingWhitespace() }
        let limits = parts.compactMap { part -> ThrottleLimit? in
            let numbers = part.split(separator: "/", omittingEmptySubsequences: false)
            guard numbers.count == 2, let attempts = Int(digits: numbers[0]), let seconds = Int(digits: numbers[1])
            else { return nil }
            return ThrottleLimit(attempts: attempts, seconds: seconds)
        }
        return limits.isEmpty || limits.count != parts.count ? nil : limits
    }
}
