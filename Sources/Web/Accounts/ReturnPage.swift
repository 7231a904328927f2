import Templating

/// The offer to keep an account whose deletion was requested, after a sign-in with the right password.
struct ReturnPage: Page {
    static let template = "pages/return"

    var frame: PageFrame
    var email: String
    /// The day of the deletion.
    var day: String
    /// The proof of the password that was just given, sealed.
    var ticket: String

    static let fields: [TemplateField<ReturnPage>] = [
        .model("page", \.frame),
        .text("email") { $0.email },
        .text("day") { $0.day },
        .text("ticket") { $0.ticket },
    ]
}
