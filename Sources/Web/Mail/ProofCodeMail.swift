import Templating

/// The e-mail with a code that shows that a user without a password is there.
struct ProofCodeMail: MailContent {
    static let name = "proof-code"
    let subject = "Confirm that it is you"

    let code: String
    let timeLeft: String
    /// The host of this server.
    let host: String
    let address: String
    let requester: MailRequester

    static let fields: [TemplateField<ProofCodeMail>] = [
        .text("code") { $0.code },
        .text("time_left") { $0.timeLeft },
        .text("host") { $0.host },
        .text("address") { $0.address },
        .text("requester") { $0.requester.text },
    ]
}
