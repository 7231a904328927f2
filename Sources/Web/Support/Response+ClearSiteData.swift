import HTTPServer

extension Response {
    /// Makes the browser forget what it has cached from here, for the next user of a shared browser (W3C Clear Site
    /// Data, section 3.1).
    mutating func clearBrowserCache() { headers.replaceOrAdd(name: "clear-site-data", value: "\"cache\"") }
}
