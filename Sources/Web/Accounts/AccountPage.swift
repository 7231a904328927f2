import Basics
import Calendar
import Domain
import Templating

/// The signed-in user's account: name, password, picture, appearance, devices, API tokens and recent
/// activity.
struct AccountPage: Page {
    static let template = "pages/account"
    static let path = "/account"

    var frame: PageFrame
    /// The outcome of the last action.
    var notice: Notice?
    /// An error of a form as a whole.
    var error: String?
    var email: String
    /// True if a link that verifies the address can be asked for.
    var canVerify = false
    /// The error of the code that verifies the address.
    var verificationCodeError: String?
    var nickname: FormField
    /// Another address, which the account is to have.
    var newEmail = FormField(value: "")
    /// False if another address is set at once.
    var mailsNewAddresses = false
    /// The errors of the passwords, which are never sent back.
    var currentPasswordError: String?
    var newPasswordError: String?
    /// The path of an uploaded picture.
    var picture: String?
    /// The address of a picture elsewhere, which is not shown: that would tell its server who looks.
    var pictureAddress: String?
    var pictureError: String?
    var appearances: [FormChoice]
    var timeZone = FormField()
    var language = FormField()
    var weekStarts: [FormChoice] = []
    var mailsReminders = true
    /// False if reminders cannot be mailed before the address is verified.
    var canMailReminders = false
    var devices: [DeviceGroup]
    var hasOtherSessions: Bool
    var factor: SecondFactorCard
    var recoveryCodes: RecoveryCodesCard
    var passkeys: PasskeyCard
    var providers: ProviderCard
    /// False for an account that only providers and passkeys sign in to.
    var hasPassword: Bool
    var tokens: APITokenCard
    var activities: [Activity]
    /// True right after a change of address was asked for: its code can be typed.
    var asksForEmailCode: Bool { notice == .emailChangeSent || emailCodeError != nil }
    var emailCodeError: String?
    /// The error of the password that a change of address takes.
    var emailPasswordError: String?
    /// True if changing the address or the second factor, making an API token and deleting the account take the
    /// password.
    var needsPassword: Bool
    /// The options of a ceremony that proves the owner in the place of the password, as JSON; nil if none is needed, or
    /// there is no passkey.
    var proofPasskey: String?
    var deletionError: String?
    /// True if the owner of an account without a password has to be confirmed before a sensitive act.
    var needsConfirmation = false
    var hasMail = false
    /// True if a code that is mailed to the address shows the owner.
    var isVerified = false
    var proofCodeError: String?
    var proofFactorError: String?

    static let fields: [TemplateField<AccountPage>] = [
        .flag("mails_reminders") { $0.mailsReminders },
        .flag("can_mail_reminders") { $0.canMailReminders },
        .model("page", \.frame),
        .optionalText("notice") { $0.notice?.sentence },
        .optionalText("error") { $0.error },
        .text("email") { $0.email },
        .flag("can_verify") { $0.canVerify },
        .optionalText("verification_code_error") { $0.verificationCodeError },
        .model("nickname", \.nickname),
        .model("new_email", \.newEmail),
        .optionalText("email_password_error") { $0.emailPasswordError },
        .flag("is_changing_email") { $0.newEmail.error != nil || $0.emailPasswordError != nil },
        .flag("mails_new_addresses") { $0.mailsNewAddresses },
        .flag("asks_for_email_code") { $0.asksForEmailCode },
        .optionalText("email_code_error") { $0.emailCodeError },
        .optionalText("current_password_error") { $0.currentPasswordError },
        .optionalText("new_password_error") { $0.newPasswordError },
        .optionalText("picture") { $0.picture },
        .optionalText("picture_address") { $0.pictureAddress },
        .optionalText("picture_error") { $0.pictureError },
        .list("appearances") { $0.appearances },
        .model("time_zone", \.timeZone),
        .model("language", \.language),
        .list("week_starts") { $0.weekStarts },
        .list("devices") { $0.devices },
        .flag("has_other_sessions") { $0.hasOtherSessions },
        .model("factor", \.factor),
        .model("recovery_codes", \.recoveryCodes),
        .model("passkeys", \.passkeys),
        .model("providers", \.providers),
        .flag("has_password") { $0.hasPassword },
        .model("tokens", \.tokens),
        .list("activities") { $0.activities },
        .flag("needs_password") { $0.needsPassword },
        .optionalText("proof_passkey") { $0.proofPasskey },
        .optionalText("deletion_error") { $0.deletionError },
        .flag("needs_confirmation") { $0.needsConfirmation },
        .flag("has_mail") { $0.hasMail },
        .flag("is_verified") { $0.isVerified },
        .optionalText("proof_code_error") { $0.proofCodeError },
        .optionalText("proof_factor_error") { $0.proofFactorError },
    ]

    /// The name of a notice in the page's address.
    enum Notice: String {
        case nameSaved = "name-saved"
        case passwordChanged = "password-changed"
        case pictureSaved = "picture-saved"
        case pictureRemoved = "picture-removed"
        case appearanceSaved = "appearance-saved"
        case localeSaved = "locale-saved"
        case sessionEnded = "session-ended"
        case sessionGone = "session-gone"
        case othersEnded = "others-ended"
        case secondFactorRemoved = "second-factor-removed"
        case recoveryCodesRemoved = "recovery-codes-removed"
        case resetStopped = "reset-stopped"
        case resetGone = "reset-gone"
        case devicesUntrusted = "devices-untrusted"
        case secondFactorExpired = "second-factor-expired"
        case passkeyAdded = "passkey-added"
        case passkeyRenamed = "passkey-renamed"
        case passkeyRemoved = "passkey-removed"
        case passkeyGone = "passkey-gone"
        case passkeyExpired = "passkey-expired"
        case proved
        case proofMailed = "proof-mailed"
        case tokenRevoked = "token-revoked"
        case tokenGone = "token-gone"
        case providerLinked = "provider-linked"
        case providerUnlinked = "provider-unlinked"
        case providerGone = "provider-gone"
        case deletionCancelled = "deletion-cancelled"
        case verificationSent = "verification-sent"
        case emailVerified = "email-verified"
        case emailChangeSent = "email-change-sent"
        case emailChanged = "email-changed"

        var sentence: String {
            switch self {
            case .nameSaved: "Name saved."
            case .passwordChanged: "Password changed. All other devices are signed out, and all API tokens revoked."
            case .pictureSaved: "Picture saved."
            case .pictureRemoved: "Picture removed."
            case .appearanceSaved: "Appearance saved."
            case .localeSaved: "Region saved."
            case .sessionEnded: "That device is signed out."
            case .sessionGone: "That session has ended already."
            case .secondFactorRemoved: "The second factor is turned off."
            case .recoveryCodesRemoved: "The recovery codes are removed."
            case .resetStopped:
                "Stopped. The two codes are used up. If it was not you who asked, make new recovery codes, so that the remaining ones stop working."
            case .resetGone: "There is no password reset to stop."
            case .devicesUntrusted: "Signing in needs a code again on all devices."
            case .secondFactorExpired: "That took too long. Begin again to set up the second factor."
            case .passkeyAdded: "Passkey added. You can sign in with it from now on."
            case .passkeyRenamed: "Passkey renamed."
            case .passkeyRemoved: "Passkey removed. Delete it on your device as well."
            case .passkeyGone: "That passkey is no longer there."
            case .passkeyExpired: "That took too long. Begin again to add a passkey."
            case .proved: "Confirmed. For ten minutes, changes here need no password."
            case .proofMailed: "An e-mail with a code is on its way to your address. Type it here, in this browser."
            case .tokenRevoked: "That API token is revoked."
            case .tokenGone: "That API token is no longer there."
            case .providerLinked: "Linked. You can sign in with it from now on."
            case .providerUnlinked: "Unlinked. It no longer signs in here."
            case .providerGone: "That account is not linked any more."
            case .deletionCancelled: "Welcome back. Your account stays."
            case .verificationSent: "An e-mail with a link is on its way to your address."
            case .emailVerified: "Your address is confirmed."
            case .emailChangeSent:
                "An e-mail with a link is on its way to the new address. Nothing changes until you open it, or type its code."
            case .emailChanged: "Address changed. Use it to sign in."
            case .othersEnded: "All other devices are signed out."
            }
        }

        var path: String { "\(AccountPage.path)?notice=\(rawValue)" }
    }

    /// Fills the fields of the region in.
    mutating func show(timeZone: String, weekStart: Weekday, language: String) {
        self.timeZone.value = timeZone
        self.language.value = language
        weekStarts = Weekday.allCases.map {
            FormChoice(value: $0.name, label: $0.name.withInitialCapital, isChosen: $0 == weekStart)
        }
    }
}
