import Basics
import HTTPServer

extension Response {
    /// Makes the browser forget what it has cached from here, for the next user of a shared browser (W3C Clear Site
    /// Data, section 3.1).
    mutating func clearBrowserCache() { headers.replaceOrAdd(name: "clear-site-data", value: "\"cache\"") }
}

extension Request {
    /// True if a browser that signs out forgets what it has cached from here. It does so only for trustworthy origins:
    /// https, and this machine (W3C Secure Contexts, section 3.1).
    func canForget(isHTTPS: Bool) -> Bool {
        if isHTTPS { return true }
        guard let host = headers.first(name: "host") else { return false }
        return WebOrigin(url: "http://" + host)?.isLocal ?? false
    }
}
