import Templating

/// The mail with a link that verifies an account's address.
struct VerificationMail: MailContent {
    static let name = "email-verification"
    let subject = "Confirm your e-mail address"

    let link: String
    /// To be typed in place of the link.
    let code: String
    /// The host of the link.
    let host: String
    let address: String

    static let fields: [TemplateField<VerificationMail>] = [
        .text("link") { $0.link },
        .text("code") { $0.code },
        .text("host") { $0.host },
        .text("address") { $0.address },
    ]
}
