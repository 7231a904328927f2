import Glibc

/// The reason why listening at an address failed.
package struct ListenError: Error, CustomStringConvertible {
    package let host: String
    package let port: Int
    /// The system's error number; nil for a name or address that can't be resolved.
    package let code: Int32?

    package var description: String {
        switch code {
        case EADDRINUSE:
            "Port \(port) of \(host) is already in use by another program. Stop that, or choose another port."
        case EACCES, EPERM:
            "Port \(port) of \(host) needs more rights than user \(geteuid()) has. Choose one above 1023."
        case EADDRNOTAVAIL, EAFNOSUPPORT:
            "\(host) is not an address of this machine. Choose one that it has, or localhost."
        case nil:
            "No address is known by the name '\(host)'. Choose an address of this machine, or localhost."
        case let code?:
            "Nothing can listen on port \(port) of \(host): \(String(cString: strerror(code)))."
        }
    }
}
