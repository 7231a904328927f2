extension Configuration {
    /// The beginning of links that a command prints: the server's address, which the command needs the settings for.
    func linkOrigin() throws -> String {
        if let publicURL { return publicURL.text }
        guard port != 0 else {
            throw CommandFailure("Set LATCHKEY_URL or PORT as the server has it: the link begins with its address.")
        }
        return "http://localhost:\(port)"
    }
}
