import Domain
import HTTPServer
import Testing

@testable import Web

@Suite struct DashboardURLTests {
    @Test(arguments: [
        "", "view=all&q=a%26b&cursor=x", "list=inbox&sort=-created_at", "tag=b%C3%BCro&select=on",
        "view=done&edit=0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d4&notice=saved&task=0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d4",
    ])
    func `a task is edited at the page's address with its id`(query: String) throws {
        let url = DashboardURL(try FormFields(urlEncoded: query.utf8))
        let id = try #require(TaskID(untrusted: "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3"))
        #expect(url.editingPrefix + id.rawValue == url.page.with { $0.editing = id }.text)
    }
}
