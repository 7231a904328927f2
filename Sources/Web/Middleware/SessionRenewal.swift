import Auth
import HTTPServer

extension SessionService {
    /// The first live session of the request's cookies. An outdated cookie of the same name, for a parent domain say,
    /// may precede the valid one, so each is tried.
    func identity(in cookies: Cookies, _ cookie: SessionCookie) async throws -> (identity: Identity, token: String)? {
        for value in cookies.values(of: cookie.name) {
            if let token = try cookie.token(in: value), let identity = try await identity(sessionToken: token) {
                return (identity, token)
            }
        }
        return nil
    }
}
