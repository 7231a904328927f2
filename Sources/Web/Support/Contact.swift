import Basics
import Domain
import Templating

/// A way to reach the server's operator: an e-mail address or a web page.
package struct Contact: TemplateModel, Equatable {
    package let text: String
    let url: String

    /// - Returns: nil if the text is neither an e-mail address nor an https URL.
    package init?(_ text: String) {
        if let address = EmailAddress(text) {
            self.text = address.text
            url = "mailto:" + address.text
        } else if let page = WebURL(text), page.origin.isHTTPS {
            self.text = page.text
            url = page.text
        } else {
            return nil
        }
    }

    package static let fields: [TemplateField<Contact>] = [
        .text("text") { $0.text },
        .text("url") { $0.url },
    ]
}
