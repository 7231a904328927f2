import Templating

/// The e-mail with a link that verifies an account's address.
struct VerificationMail: MailContent {
    static let name = "email-verification"
    let subject = "Confirm your e-mail address"

    let link: MailedLinkText
    /// The host of the link.
    let host: String
    let address: String
    let requester: MailRequester

    static let fields: [TemplateField<VerificationMail>] =
        MailedLinkText.fields(of: { $0.link }) + [
            .text("host") { $0.host },
            .text("address") { $0.address },
            .text("requester") { $0.requester.text },
        ]
}
