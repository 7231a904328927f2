import Mail
import Templating

/// The latest mail, in development.
struct DevelopmentMailPage: Page {
    static let template = "pages/development-mail"

    var frame: PageFrame
    var mails: [ShownMail]

    static let fields: [TemplateField<DevelopmentMailPage>] = [
        .model("page", \.frame),
        .list("mails") { $0.mails },
    ]

    struct ShownMail: TemplateModel {
        let subject: String
        let to: String
        let time: String
        let lines: [Line]

        init(_ message: MailMessage) {
            subject = message.subject
            to = message.to.address
            time = message.time.rfc3339
            lines = message.text.split(separator: "\n", omittingEmptySubsequences: false).map { Line(text: String($0)) }
        }

        static let fields: [TemplateField<ShownMail>] = [
            .text("subject") { $0.subject }, .text("to") { $0.to }, .text("time") { $0.time },
            .list("lines") { $0.lines },
        ]
    }

    struct Line: TemplateModel {
        let text: String

        /// Links have lines of their own.
        var isLink: Bool { text.hasPrefix("http://") || text.hasPrefix("https://") }

        static let fields: [TemplateField<Line>] = [.text("text") { $0.text }, .flag("is_link") { $0.isLink }]
    }
}
