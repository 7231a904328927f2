import Auth
import HTTPServer

/// Tells a browser that has signed in here before from a stranger's; it signs nobody in (see `KnownDevices`).
enum DeviceCookie {
    /// Over https the first, over http the second. Both are read: what is in it is looked up either way.
    static let names = ["__Host-latchkey.device", "latchkey.device"]

    /// All that a browser holds, separated by spaces: it may have several cookies of one name.
    static func value(in cookies: Cookies) -> String? {
        let values = names.flatMap(cookies.values(of:))
        return values.isEmpty ? nil : values.joined(separator: " ")
    }

    static func cookie(_ value: String, isSecure: Bool) -> SetCookie {
        SetCookie(
            name: names[isSecure ? 0 : 1], value: value, maxAge: KnownDevices.lifetimeSeconds, isSecure: isSecure)
    }
}
