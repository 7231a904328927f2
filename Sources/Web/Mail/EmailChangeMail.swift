import Templating

/// The mail with a link that gives an account the address to which the mail is sent.
struct EmailChangeMail: MailContent {
    static let name = "email-change"
    let subject = "Confirm your new e-mail address"

    let link: String
    /// To be typed in place of the link.
    let code: String
    /// The host of the link.
    let host: String
    let address: String

    static let fields: [TemplateField<EmailChangeMail>] = [
        .text("link") { $0.link },
        .text("code") { $0.code },
        .text("host") { $0.host },
        .text("address") { $0.address },
    ]
}
