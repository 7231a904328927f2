import Auth
import Domain
import JSON

extension JSONWriter {
    /// The ways into an account besides the password; for the API and the command line.
    package mutating func members(of overview: AccountOverview, _ user: User) {
        member("passkeys", Int64(overview.passkeys.count))
        name("providers")
        array { json in for provider in overview.providers { json.string(provider) } }
        member("recovery_codes", Int64(overview.recoveryCodesLeft))
        member("password_reset_ready_at", user.resetReadyAt?.rfc3339)
    }
}
