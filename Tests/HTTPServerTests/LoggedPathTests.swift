import HTTPServer
import TestSupport
import Testing

@Suite struct LoggedPathTests {
    private struct Context: RequestContext {
        var parameters = PathParameters()
    }

    private static let token = "q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6"

    private let router = Router<Context> { site in
        let answer: Handler<Context> = { _, _ in Response(status: .ok) }
        site.get("/", summary: "s", use: answer)
        site.setting(\.secretParameter, to: "token").get("reset/{token}", summary: "s", use: answer)
        site.post("reset", summary: "s", use: answer)
        site.setting(\.secretParameter, to: "key").get("api/{user}/keys/{key}/use", summary: "s", use: answer)
        site.get("api/tasks/{id}", summary: "s", use: answer)
    }

    private func logged(_ target: String) -> String {
        Request(method: .GET, uri: target, id: "1", route: router.match(.GET, target)).loggedPath
    }

    @Test(arguments: [
        ("/reset/Secret", "/reset/…"), ("/reset/Secret?x=y", "/reset/…"), ("/%72eset/Secret", "/%72eset/…"),
        ("/r%65%73et/Secret/more", "/r%65%73et/…"), ("/reset/Secret/", "/reset/…"), ("/reset//Secret", "/reset/…"),
        ("/reset/\u{301}Secret", "/reset/…"), ("/reset/Secret%", "/reset/…"), ("/reset/%zz/Secret", "/reset/…"),
        ("/api/ada/keys/Secret/use", "/api/ada/keys/…"), ("/api/ada/keys/Secret", "/api/ada/keys/…"),
    ])
    func `a path is logged without its secret`(target: String, path: String) {
        #expect(logged(target) == path)
    }

    @Test(arguments: [
        "/rest/$", "/RESET/$", "//reset/$", "/reset%2F$", "/$", "/a/reset/$/b", "/reset$", "/reset:$", "/ reset/$",
        "/reset/reset/$", "/api/ada/key/$", "/%ff/$", "reset/$", "/api/%/keys/$",
    ])
    func `the secret of a mistyped link is not logged`(target: String) {
        #expect(!logged(target.replacing("$", with: Self.token)).contains(Self.token))
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `the secret of a link is not logged, however it is mistyped`(seed: UInt64) {
        var random = SplitMix(state: seed)
        let noise = Array("/%.-_ 2Fa;:é".unicodeScalars)
        for _ in 0..<(500 * fuzzFactor) {
            // The token stays whole; before and after it, anything may have happened.
            var prefix = Array("/reset/".unicodeScalars)
            for _ in 0..<random.below(4) {
                let place = random.below(prefix.count + 1)
                if random.below(2) == 0, place < prefix.count {
                    prefix.remove(at: place)
                } else {
                    prefix.insert(noise[random.below(noise.count)], at: place)
                }
            }
            let suffix = (0..<random.below(3)).map { _ in noise[random.below(noise.count)] }
            var target = ""
            target.unicodeScalars.append(contentsOf: prefix)
            target += Self.token
            target.unicodeScalars.append(contentsOf: suffix)
            #expect(!logged(target).contains(Self.token), "\(target)")
        }
    }

    @Test(arguments: [
        "/", "/reset", "/reset?token=x", "/api/tasks/0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3", "/resets/1", "/%", "/a%20b",
        "*", "", "/wp-login.php", "/.env",
    ])
    func `any other path is logged as it came`(target: String) {
        #expect(logged(target) == String(target.prefix { $0 != "?" }))
    }
}
