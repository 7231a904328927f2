import HTTPServer
import NIOHTTP1
import Testing

/// A client that keeps its cookies, as the JavaScript client's browser does.
final class BetterAuthClient {
    private let site: TestSite
    private(set) var cookies: [String: String] = [:]
    private(set) var lines: [String] = []

    init(_ site: TestSite) { self.site = site }

    func call(_ method: HTTPMethod, _ path: String, _ json: String = "{}") async -> Response {
        var headers: HTTPHeaders = ["origin": site.origin]
        if method == .POST { headers.add(name: "content-type", value: "application/json") }
        if !cookies.isEmpty {
            let pairs = cookies.map { "\($0.key)=\($0.value)" }
            headers.add(name: "cookie", value: pairs.joined(separator: "; "))
        }
        let body = method == .POST ? json : ""
        let response = await site.send(method, "/api/auth/" + path, headers, body: body)
        lines = response.headers["set-cookie"]
        for line in lines {
            let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            cookies[String(pair[0])] = pair.count == 2 ? String(pair[1]) : nil
        }
        return response
    }

    func signUp(_ more: String = "") async throws {
        let json = #"{"name":"Ann","email":"ann@example.com","password":"password123"\#(more)}"#
        try #require(await call(.POST, "sign-up/email", json).status == .ok)
    }
}
