import Auth
import Basics
import Domain
import Templating

/// The e-mail that tells of a change to an account, with a link for an owner who did not make it.
struct SecurityNoticeMail: MailContent {
    static let name = "security-notice"

    let act: SecurityAct
    let mail: OutgoingMail
    /// Nil if there is nothing to undo any more.
    let link: MailedLinkText?
    /// The host of the link.
    let host: String

    static let fields: [TemplateField<SecurityNoticeMail>] = [
        .text("sentence") { $0.sentence },
        .text("time") { DateFormat.unknown.text($0.mail.createdAt) },
        .text("requester") { MailRequester($0.mail).text },
        .text("link") { $0.link?.url ?? "" },
        .text("time_left") { $0.link?.timeLeft ?? "" },
        .flag("needs_proof") { $0.act == .emailChange },
        .flag("can_be_undone") { $0.act.canBeUndone },
    ]

    var subject: String {
        switch act {
        case .passwordChange, .operatorPassword: "Your password was changed"
        case .emailChange: "Your e-mail address was changed"
        case .deletionRequest: "Your account will be deleted"
        case .newAPIToken: "A new API token was made"
        case .secondFactorOn: "A second factor was turned on"
        case .secondFactorOff: "The second factor was turned off"
        case .newRecoveryCodes: "New recovery codes were made"
        case .recoveryCodeUse: "A recovery code was used"
        case .newPasskey: "A passkey was added"
        case .passkeyRemoved: isOperators ? "Your passkeys were removed" : "A passkey was removed"
        case .passkeySuspected: "A passkey may have been copied"
        case .wrongCodes: "Wrong codes at the sign-in to your account"
        case .providerLinked: "An account was linked to yours"
        case .providerUnlinked:
            isOperators ? "The accounts linked to yours were unlinked" : "An account was unlinked from yours"
        case .signIn: "New sign-in to your account"
        case .recovery: "An account no longer has this address"
        }
    }

    private var deletionDay: String {
        DateFormat.unknown.day(mail.createdAt.adding(seconds: PendingDeletion.graceSeconds))
    }

    /// True for an act of the operator or an admin, who has no address in the e-mail.
    private var isOperators: Bool { mail.details["ip_address"] == nil }

    private var passkey: String { mail.details["subject"].map { "The passkey \($0)" } ?? "A passkey" }

    private var provider: String { mail.details["subject"] ?? "a sign-in provider" }

    private var sentence: String {
        let account = "the account of \(mail.address.text) at \(host)"
        return switch act {
        case .passwordChange: "The password of \(account) was changed."
        case .operatorPassword:
            "The operator of this server has set a new password for \(account), and all devices are signed out. If you did not expect this, ask the operator."
        case .emailChange: "Another e-mail address was set for \(account). This one no longer belongs to it."
        case .deletionRequest:
            "The deletion of \(account) was asked for. It is deleted for good on \(deletionDay); until then, a sign-in with the password offers to keep it."
        case .newAPIToken:
            if let subject = mail.details["subject"] {
                "The API token \(subject) was made for \(account). A program that has it can do what the scopes in brackets say."
            } else {
                "An API token was made for \(account). A program that has it can act for the account."
            }
        case .secondFactorOn:
            "A second factor was turned on for \(account): signing in takes a code from an authenticator app as well."
        case .secondFactorOff: "The second factor of \(account) was turned off: signing in takes only the password."
        case .newRecoveryCodes: "New recovery codes were made for \(account). Those from before no longer work."
        case .newPasskey: "\(passkey) was added to \(account): it signs in without the password."
        case .passkeyRemoved where isOperators:
            "The operator of this server has removed all passkeys of \(account). They no longer sign in."
        case .passkeyRemoved: "\(passkey) was removed from \(account) and no longer signs in."
        case .passkeySuspected:
            "\(passkey) of \(account) was refused, and is from now on: its counter did not grow, as if there were a copy. If you can, sign in in another way, remove it and make a new one."
        case .recoveryCodeUse:
            "A recovery code was used to sign in to \(account). It does not work again; new ones are made on the account page."
        case .wrongCodes:
            "The right password of \(account) was given, and then \(SecondFactorLimits.reportedFailures) wrong codes in a row. If you did not mistype them, your password is known to someone else."
        case .providerLinked:
            "An account at \(provider) was linked to \(account), and signs in to it."
        case .providerUnlinked where isOperators:
            "The operator of this server has unlinked all accounts at sign-in providers from \(account). They no longer sign in here."
        case .providerUnlinked: "An account at \(provider) was unlinked from \(account), and no longer signs in here."
        case .signIn: "There was a sign-in to \(account) from a device and a network that were not known."
        case .recovery:
            "The owner of \(account) has undone the last change, with a link sent to the address that it had before. This one no longer belongs to it."
        }
    }
}
