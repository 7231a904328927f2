import Templating

/// The model of the layout around every page.
struct PageFrame: TemplateModel {
    var title: String
    /// The permanent address of the files in `Public`; ends with a slash.
    var assets: String
    /// The text in the search field.
    var search: String?
    /// Nil for visitors.
    var userName: String?
    /// Lets the page's script identify the account.
    var accountID: String?
    /// True if the user may manage the server.
    var isAdmin = false
    /// The time from which recovery codes alone set a new password, which the owner can stop.
    var resetReady: ShownTime?
    var formToken: String
    /// The user's colours; nil for the device's.
    var appearance: String?
    /// The server's own host, with its port unless that is the scheme's; nil if it is not configured.
    var host: String?
    var contact: Contact?
    /// True if pages invite visitors to sign up.
    var offersSignUp: Bool

    static let fields: [TemplateField<PageFrame>] = [
        .text("title") { $0.title },
        .text("assets") { $0.assets },
        .optionalText("search") { $0.search },
        .optionalText("user_name") { $0.userName },
        .optionalText("account_id") { $0.accountID },
        .flag("is_admin") { $0.isAdmin },
        .optionalModel("reset_ready") { $0.resetReady },
        .text("form_token") { $0.formToken },
        .optionalText("appearance") { $0.appearance },
        .optionalText("host") { $0.host },
        .optionalModel("contact") { $0.contact },
        .flag("offers_sign_up") { $0.offersSignUp },
    ]
}
