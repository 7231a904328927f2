import Domain
import HTTPServer
import NIOHTTP1
import Templating
import Testing

@testable import Web

@Suite struct ErrorPageTests {
    private func page(for error: any Error, isRead: Bool = true) throws -> String {
        let frame = PageFrame(title: "Problem", assets: "/static/x/", formToken: "", offersSignUp: false)
        let problem = Problem(error, requestID: "test-1", isRead: isRead)
        let page = ErrorPage(
            frame: frame, problem: problem, requestID: "test-1", isRead: isRead, developerHint: nil)
        return String(decoding: try TestSite.templates.get().render(page), as: UTF8.self)
    }

    @Test func `what was only read is tried again where the server knows when`() throws {
        let busy = AppError.overloaded(retryAfterSeconds: 5)
        #expect(try page(for: busy).contains(#"data-after="5""#))
        #expect(try page(for: busy).contains(#"<a class="button" href="">Try again</a>"#))
        #expect(try page(for: AppError.storageUnavailable("")).contains(#"data-after="2""#))
        // What may have changed something is not sent again unasked.
        #expect(try !page(for: busy, isRead: false).contains("Try again</a>"))
        #expect(try !page(for: busy, isRead: false).contains("data-after"))
        // Others than 503 would be answered with the same again.
        #expect(try !page(for: AppError.writesTooFast(retryAfterSeconds: 5)).contains("data-after"))
        #expect(try !page(for: HTTPError(.serviceUnavailable, "Not now.")).contains("data-after"))
    }

    @Test func `the id of a request that failed can be copied`() throws {
        struct Unexpected: Error {}
        let failed = try page(for: Unexpected())
        #expect(failed.contains(#"data-copy="Copy the id of the request"><pre class="secret"><code>test-1</code>"#))
        let missing = try page(for: HTTPError(.notFound, "No such page."))
        #expect(missing.contains("quote request ID <code>test-1</code>"))
        #expect(!missing.contains("data-copy"))
    }
}
