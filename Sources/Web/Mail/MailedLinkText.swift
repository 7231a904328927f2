import Auth
import Basics
import Domain
import Templating

/// A link in an e-mail and the code beside it, with the time that each has left when the e-mail is sent.
struct MailedLinkText: Sendable {
    /// The whole address.
    let url: String
    let timeLeft: String
    /// Empty where no code is accepted, or only for a moment longer.
    let code: String
    let codeTimeLeft: String

    /// - Parameter page: the page of an application that follows the link.
    init(
        _ url: String, _ secret: MailSecret, of purpose: LinkPurpose, continuingTo page: String? = nil,
        at time: Timestamp
    ) {
        self.url = url
        timeLeft = TimeLeft(until: secret.expiresAt, at: time).text
        let isUseful = secret.codeExpiresAt.adding(seconds: -MailSecret.usefulSeconds) > time
        code = purpose.tellsCode(continuingTo: page) && isUseful ? secret.code : ""
        codeTimeLeft = TimeLeft(until: secret.codeExpiresAt, at: time).text
    }

    /// The fields of an e-mail with such a link.
    static func fields<Content>(
        of link: @escaping @Sendable (Content) -> MailedLinkText
    ) -> [TemplateField<Content>] {
        [
            .text("link") { link($0).url }, .text("time_left") { link($0).timeLeft },
            .text("code") { link($0).code }, .text("code_time_left") { link($0).codeTimeLeft },
        ]
    }
}
