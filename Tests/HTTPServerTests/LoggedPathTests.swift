import HTTPServer
import Testing

@Suite struct LoggedPathTests {
    @Test(arguments: [
        ("/reset/Secret", "/reset/…"), ("/reset/Secret?x=y", "/reset/…"), ("/RESET/Secret", "/RESET/…"),
        ("/%72eset/Secret", "/%72eset/…"), ("/r%65%73et/Secret/more", "/r%65%73et/…"), ("//reset//Secret", "//reset/…"),
        ("/reset%2FSecret", "/…"), ("/a/%2Freset%2fSecret", "/a/…"), ("/reset/\u{301}Secret", "/reset/…"),
        ("/api/auth/reset-password/Secret", "/api/auth/reset-password/…"),
    ])
    func `a path is written down without what opens an account`(uri: String, logged: String) {
        let request = Request(method: .GET, uri: uri, id: "1")
        #expect(request.loggedPath == logged)
        #expect(!request.loggedPath.contains("Secret"))
    }

    @Test(arguments: ["/", "/reset", "/reset?token=x", "/api/tasks/1", "/resets/1", "/%", "/a%20b", "*", ""])
    func `any other path is written down as it came`(uri: String) {
        let request = Request(method: .GET, uri: uri, id: "1")
        #expect(request.loggedPath == String(request.path))
    }
}
