import Auth
import QRCode
import Templating

/// The page with the secret of an authenticator app, which is on once a code of it was typed.
struct SecondFactorSetupPage: Page {
    static let template = "pages/second-factor-setup"

    var frame: PageFrame
    let secret: AuthenticatorSecret
    var codeError: String?
    /// An error of the form as a whole.
    var error: String?

    static let fields: [TemplateField<SecondFactorSetupPage>] = [
        .model("page", \.frame),
        .text("uri") { $0.secret.uri },
        .text("secret") { $0.secret.shown },
        .optionalModel("code") { QRCode($0.secret.uri).map(Image.init) },
        .optionalText("code_error") { $0.codeError },
        .optionalText("error") { $0.error },
    ]

    /// A QR code as an image of dark modules.
    struct Image: TemplateModel {
        let code: QRCode

        static let fields: [TemplateField<Image>] = [
            .number("size") { $0.code.imageSize },
            .text("path") { $0.code.path },
        ]
    }
}
