import Templating

/// The e-mail with a link that requests the deletion of an account.
struct DeletionMail: MailContent {
    static let name = "account-deletion"
    let subject = "Delete your account"

    let link: MailedLinkText
    /// The host of the link.
    let host: String
    let address: String
    let requester: MailRequester

    static let fields: [TemplateField<DeletionMail>] =
        MailedLinkText.fields(of: { $0.link }) + [
            .text("host") { $0.host },
            .text("address") { $0.address },
            .text("requester") { $0.requester.text },
        ]
}
