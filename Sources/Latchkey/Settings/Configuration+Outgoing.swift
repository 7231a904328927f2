import Basics
import Curl
import HTTPClient

extension Configuration {
    mutating func readOutgoing(_ reader: inout SettingReader) {
        let exceptions = reader.read(Settings.noProxy)
        if let proxy = reader.read(Settings.httpsProxy) {
            outgoing.proxy = OutgoingProxy(url: proxy, exceptions: exceptions)
        }
        outgoing.extraAuthorities = reader.read(Settings.extraCAFile)
        // libcurl would name the file only when the first connection fails.
        if let file = outgoing.extraAuthorities, (try? SystemError.bytes(ofFile: file)) == nil {
            reader.problems.append("\(Settings.extraCAFile.name): \(file) cannot be read.")
        }
    }

    /// Checks that libcurl is there where something would be sent with it.
    func checkOutgoing() throws {
        var need: String?
        if case .server(let server) = mail.way { need = "The mail server \(server.shown)" }
        // Several settings can name them.
        if let issuer = issuers.first { need = "The trusted issuer \(issuer.name)" }
        if let provider = providers.first { need = "The sign-in provider \(provider.name)" }
        guard let need, let problem = CurlLibrary.loadingProblem else { return }
        throw CommandFailure("\(need) needs libcurl: \(problem)")
    }
}
