import Basics
import HTTPServer
import TestSupport
import Testing

extension TestProvider {
    /// Signs in at the provider that this page leads to.
    /// - Returns: the path that the browser is sent back to.
    func callback(
        after page: Response, as subject: String, email: String? = nil,
        changing change: (inout Claims) -> Void = { _ in }
    ) throws -> String {
        let refresh = try #require(page.headers["refresh"].first)
        let url = try #require(refresh.firstMatch(of: /^0; url=(https:.+)$/)?.1)
        let answer = try answer(to: String(url), as: subject, email: email, changing: change)
        let redirect = try #require(try Self.query(of: String(url))["redirect_uri"])
        let path = try #require(redirect.firstMatch(of: /^http:\/\/[^\/]+(\/.+)$/)?.1)
        return
            "\(path)?state=\(answer.state)&code=\(answer.code ?? "")&iss=\(PercentEncoding.encodeComponent(answer.issuer ?? ""))"
    }
}
