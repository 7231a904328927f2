import Templating

/// Ends the reminders of an account.
struct UnsubscribePage: Page {
    static let template = "pages/unsubscribe"

    var frame: PageFrame
    /// The path that the button posts to; nil if there is nothing to end.
    var action: String?
    var hasEnded = false
    var error: String?

    static let fields: [TemplateField<UnsubscribePage>] = [
        .model("page", \.frame),
        .optionalText("action") { $0.action },
        .flag("has_ended") { $0.hasEnded },
        .optionalText("error") { $0.error },
    ]
}
