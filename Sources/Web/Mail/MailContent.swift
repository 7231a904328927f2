import Templating

/// The model of an e-mail: `Templates/mail/NAME.html` and `NAME.text` show the same, as `mail`.
protocol MailContent: TemplateModel {
    static var name: String { get }
    var subject: String { get }
}

/// An e-mail in HTML.
struct HTMLMail<Content: MailContent>: Page {
    static var template: String { "mail/\(Content.name)" }
    static var fields: [TemplateField<Self>] { [.model("mail", \.content)] }

    let content: Content
}

/// The same e-mail as plain text.
struct TextMail<Content: MailContent>: Page {
    static var template: String { "mail/\(Content.name).text" }
    static var fields: [TemplateField<Self>] { [.model("mail", \.content)] }

    let content: Content
}
