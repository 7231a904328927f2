import Auth
import HTTPServer

/// Recognizes a browser that has signed in here before; it signs no user in (see `KnownDevices`).
enum DeviceCookie {
    /// The first over https, the second over http. Both are read: the value is looked up either way.
    static let names = ["__Host-latchkey.device", "latchkey.device"]

    /// All values that the browser sends, separated by spaces: it may have several cookies of one name.
    static func value(in cookies: Cookies) -> String? {
        let values = names.flatMap(cookies.values(of:))
        return values.isEmpty ? nil : values.joined(separator: " ")
    }

    /// - Parameter session: the session's cookie, which is sent by the same pages.
    static func cookie(_ value: String, beside session: SessionCookie) -> SetCookie {
        var cookie = SetCookie(
            name: names[session.isSecure ? 0 : 1], value: value, maxAge: KnownDevices.lifetimeSeconds,
            isSecure: session.isSecure)
        cookie.crossesSites = session.crossesSites
        return cookie
    }
}
