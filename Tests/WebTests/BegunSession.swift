import HTTPServer
import NIOHTTP1

/// A session that an answer hands out.
enum BegunSession {
    /// True if the answer has a credential of a session: a cookie, the header of Better Auth's client, or an access token.
    /// Bodies for Better Auth's client come with the cookie.
    static func isIn(_ answer: Response) -> Bool {
        answer.headers["set-cookie"].contains { $0.firstMatch(of: /session_token=[^;]/) != nil }
            || !answer.headers["set-auth-token"].isEmpty || answer.text.hasPrefix(#"{"access_token":""#)
    }

    /// True if the response begins a session on a route that is not declared to: all declared ones are tried with a
    /// second factor. A request that brings a session may get it renewed.
    static func isUnmarked(_ answer: Response, to request: HTTPHeaders, at attributes: RouteAttributes) -> Bool {
        let brings =
            request["cookie"].contains { $0.contains("session_token=") } || request.contains(name: "authorization")
        return isIn(answer) && !brings && !attributes.signsIn
    }
}
