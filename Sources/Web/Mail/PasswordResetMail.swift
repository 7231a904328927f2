import Templating

/// The e-mail with a link that sets a new password. It contains nothing that the client which asked for it has typed.
struct PasswordResetMail: MailContent {
    static let name = "password-reset"
    let subject = "Set a new password"

    let link: MailedLinkText
    /// The host of the link.
    let host: String
    let address: String
    let requester: MailRequester

    static let fields: [TemplateField<PasswordResetMail>] =
        MailedLinkText.fields(of: { $0.link }) + [
            .text("host") { $0.host },
            .text("address") { $0.address },
            .text("requester") { $0.requester.text },
        ]
}
