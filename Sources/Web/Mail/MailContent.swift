import Templating

/// The model of a mail: `Templates/mail/NAME.html` and `NAME.text` show the same, as `mail`.
protocol MailContent: TemplateModel {
    static var name: String { get }
    var subject: String { get }
}

/// A mail in HTML.
struct HTMLMail<Content: MailContent>: Page {
    static var template: String { "mail/\(Content.name)" }
    static var fields: [TemplateField<Self>] { [.model("mail", \.content)] }

    let content: Content
}

/// The same mail as plain text.
struct TextMail<Content: MailContent>: Page {
    static var template: String { "mail/\(Content.name).text" }
    static var fields: [TemplateField<Self>] { [.model("mail", \.content)] }

    let content: Content
}
