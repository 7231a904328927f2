import Auth
import Basics
import Crypto
import Storage

extension AuthService {
    /// A service without limits on guessing, with the rules for passwords that production has.
    static func strict(on database: any Database, _ hasher: PasswordHasher) throws -> AuthService {
        let (store, ids) = (SQLAccountStore(database), UUIDv7Generator())
        let secrets = Secrets(current: Array("a-secret-of-more-than-thirty-two-bytes".utf8))
        let sessions = SessionService(store: store, tokens: try AccessTokens(secrets), live: LiveSessions(), ids: ids)
        return AuthService(
            store: store, hasher: hasher, sessions: sessions, throttles: try .none(),
            passwordRule: PasswordRule(isStrict: true), ids: ids)
    }
}
