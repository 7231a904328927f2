import Basics
import HTTPServer
import NIOHTTP1
import Testing

/// A browser without JavaScript: keeps cookies, finds the token in forms, follows redirects.
final class Browser {
    private let site: TestSite
    private(set) var cookies: [String: String] = [:]
    private(set) var page = Response(status: .ok)
    /// What is sent with every form, as browsers do.
    var origin: String?
    var userAgent: String?

    init(_ site: TestSite) { (self.site, origin) = (site, site.origin) }

    @discardableResult
    func open(_ path: String) async -> Response {
        page = await send(.GET, path)
        while page.status == .seeOther, let location = page.headers["location"].first {
            page = await send(.GET, location)
        }
        return page
    }

    /// Sends a form of the page that is open, with its hidden token, and follows where it leads.
    @discardableResult
    func submit(_ path: String, _ fields: KeyValuePairs<String, String>) async -> Response {
        await submit(path, pairs: fields.map { ($0.key, $0.value) })
    }

    /// Submits a form with several fields of one name.
    @discardableResult
    func submit(_ path: String, pairs: [(String, String)]) async -> Response {
        page = await post(path, pairs: pairs, token: formToken)
        if page.status == .seeOther, let location = page.headers["location"].first { await open(location) }
        return page
    }

    /// Sends a form without following redirects.
    func post(
        _ path: String, _ fields: KeyValuePairs<String, String>, token: String?, _ headers: HTTPHeaders = [:]
    ) async -> Response {
        await post(path, pairs: fields.map { ($0.key, $0.value) }, token: token, headers)
    }

    func post(
        _ path: String, pairs: [(String, String)], token: String?, _ headers: HTTPHeaders = [:]
    ) async -> Response {
        var pairs = pairs
        if let token { pairs.append(("form_token", token)) }
        let body = pairs.map { "\($0)=\(PercentEncoding.encodeComponent($1))" }.joined(separator: "&")
        var headers = headers
        headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
        return await send(.POST, path, headers, body: body)
    }

    /// Sends a form with a file, as browsers do, without following redirects.
    func upload(_ path: String, _ name: String, file: [UInt8], named fileName: String = "a.png", token: String?) async
        -> Response
    {
        var body = Array(
            "--b0undary\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n\(token ?? "")\r\n".utf8)
        body += "--b0undary\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"\(fileName)\"\r\n".utf8
        body += Array("Content-Type: application/octet-stream\r\n\r\n".utf8) + file + "\r\n--b0undary--\r\n".utf8
        return await send(.POST, path, ["content-type": "multipart/form-data; boundary=b0undary"], bytes: body)
    }

    var formToken: String? {
        page.text.firstMatch(of: /name="form_token" value="([^"]*)"/).map { String($0.1) }
    }

    /// The ids of the tasks that are shown, in order.
    var taskIDs: [String] { page.text.matches(of: /<li class="row[^"]*" id="task-([^"]*)"/).map { String($0.1) } }

    private func send(_ method: HTTPMethod, _ path: String, _ more: HTTPHeaders = [:], body: String = "") async
        -> Response
    { await send(method, path, more, bytes: Array(body.utf8)) }

    private func send(_ method: HTTPMethod, _ path: String, _ more: HTTPHeaders, bytes: [UInt8]) async -> Response {
        var headers = more
        if let userAgent { headers.add(name: "user-agent", value: userAgent) }
        if !cookies.isEmpty {
            headers.add(name: "cookie", value: cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))
        }
        if method == .POST, let origin { headers.add(name: "origin", value: origin) }
        let response = await site.send(method, path, headers, bytes: bytes)
        for line in response.headers["set-cookie"] {
            let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            cookies[String(pair[0])] = pair[1].isEmpty ? nil : String(pair[1])
        }
        return response
    }

    func signUp(_ name: String) async throws {
        await open("/signup")
        await submit(
            "/signup", ["email": "\(name)@example.com", "username": name, "password": "kept-by-\(name.dropFirst())"])
        try #require(page.status == .ok)
        try #require(cookies["better-auth.session_token"] != nil)
    }

    func forget(_ cookie: String) { cookies[cookie] = nil }
    func keep(_ cookie: String, _ value: String?) { cookies[cookie] = value }
}
