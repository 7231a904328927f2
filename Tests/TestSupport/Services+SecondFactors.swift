import App
import Auth
import Basics
import Domain
import Testing

extension Services {
    /// Turns the second factor on with a new app, and returns it with the recovery codes.
    @discardableResult
    package func turnOnSecondFactor(
        for user: User, in session: Session, code: String = "", from client: Client, at time: Timestamp
    ) async throws -> (app: Authenticator, codes: [String]) {
        let secret = try await secondFactors.begin(for: user, in: session, proving: nil, code: code, from: client)
        let app = try #require(Authenticator(secret.uri))
        let codes = try await secondFactors.activate(code: app.code(at: time), for: user, in: session, from: client)
        return (app, codes)
    }
}
