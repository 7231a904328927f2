import Auth
import Templating

/// The page that the link in a security notice leads to: its form recovers the account.
struct RecoveryPage: Page {
    static let template = "pages/recovery"

    var frame: PageFrame
    /// The token that the form carries; empty if the link is refused.
    var token = ""
    /// The address that the account gets back, or still has.
    var email = ""
    /// The proofs of which the form takes one, as the account has another address now; nil if it needs none.
    var options: RecoveryOptions?
    /// The errors of the passwords, which are never sent back, and of the code.
    var formerPasswordError: String?
    var codeError: String?
    var passwordError: String?
    var error: String?

    /// False if the account had nothing that could show its owner.
    private var canRecover: Bool { !(options?.isEmpty ?? false) }

    private var hasFactors: Bool { options.map { $0.takesCode || $0.passkey != nil } ?? false }

    static let fields: [TemplateField<RecoveryPage>] = [
        .model("page", \.frame),
        .text("token") { $0.token },
        .text("email") { $0.email },
        .flag("needs_proof") { $0.options != nil },
        .flag("can_recover") { $0.canRecover },
        .flag("takes_password") { $0.options?.takesPassword ?? false },
        .flag("takes_code") { $0.options?.takesCode ?? false },
        .flag("has_factors") { $0.hasFactors },
        .flag("has_button") { $0.options.map { $0.takesPassword || $0.takesCode } ?? true },
        .optionalText("passkey") { $0.options?.passkey.map(PasskeyOptions.text) },
        .optionalText("former_password_error") { $0.formerPasswordError },
        .optionalText("code_error") { $0.codeError },
        .optionalText("password_error") { $0.passwordError },
        .optionalText("error") { $0.error },
    ]
}
