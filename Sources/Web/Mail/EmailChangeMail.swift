import Templating

/// The e-mail with a link that gives an account the address to which the e-mail is sent.
struct EmailChangeMail: MailContent {
    static let name = "email-change"
    let subject = "Confirm your new e-mail address"

    let link: MailedLinkText
    /// The host of the link.
    let host: String
    let address: String
    let requester: MailRequester

    static let fields: [TemplateField<EmailChangeMail>] =
        MailedLinkText.fields(of: { $0.link }) + [
            .text("host") { $0.host },
            .text("address") { $0.address },
            .text("requester") { $0.requester.text },
        ]
}
