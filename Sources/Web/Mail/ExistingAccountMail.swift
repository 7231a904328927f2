import Templating

/// The e-mail to the owner of an account whose address was used to sign up.
struct ExistingAccountMail: MailContent {
    static let name = "existing-account"
    let subject = "You have an account already"

    let origin: String
    /// The host of the links.
    let host: String
    let address: String
    let requester: MailRequester

    static let fields: [TemplateField<ExistingAccountMail>] = [
        .text("sign_in") { $0.origin + "/login" },
        .text("forgot") { $0.origin + "/forgot" },
        .text("host") { $0.host },
        .text("address") { $0.address },
        .text("requester") { $0.requester.text },
    ]
}
