import Auth
import Calendar
import Domain
import JSON
import Templating

/// An event of the audit trail, in words for the account's owner.
struct Activity: TemplateModel {
    let text: String
    let time: ShownTime
    /// The device and the address, as far as they are known.
    let origin: String
    /// True for an event that needs the owner's attention.
    let isWarning: Bool

    /// - Parameter dates: the reader's.
    /// - Returns: nil for an event that says nothing to the owner.
    init?(_ record: AuditRecord, in dates: DateFormat) {
        guard let text = Self.text(of: record, Details(record.details)) else { return nil }
        self.text = text
        time = ShownTime(record.at, in: dates)
        isWarning = record.isFailure || record.kind == .resetRequested
        origin = Self.origin(of: record)
    }

    static let fields: [TemplateField<Activity>] = [
        .text("text") { $0.text },
        .model("time", \.time),
        .text("origin") { $0.origin },
        .flag("is_warning") { $0.isWarning },
    ]

    private static func origin(of record: AuditRecord) -> String {
        guard record.isByUser else {
            return record.isByServer
                ? "by the server" : record.admin == nil ? "by the server’s operator" : "by an admin"
        }
        let device = DeviceName(userAgent: record.userAgent).description
        return record.ipAddress.isEmpty ? device : "\(device), \(record.ipAddress)"
    }

    private static func text(of record: AuditRecord, _ details: Details) -> String? {
        switch record.kind {
        case .userCreated: "Account made"
        case .userActivated: "Account activated"
        case .deletionRequested: "Deletion of the account requested"
        case .deletionCancelled: "Deletion of the account cancelled"
        case .userDeactivated: "Account deactivated"
        case .roleChanged: details["to"] == "admin" ? "Made an admin" : "No longer an admin"
        case .signedIn:
            signedIn(details)
        case .signInFailed: signInFailed(details)
        case .secondFactorLocked: "Second factor locked for a time, after wrong codes"
        case .secondFactorAdded: "Second factor turned on"
        case .secondFactorRemoved: "Second factor turned off"
        case .secondFactorConfirmed: "Second factor entered"
        case .ownerConfirmed: "Confirmed with a mailed code"
        case .devicesUntrusted: "Second factor required again on all devices"
        case .recoveryCodesCreated: "New recovery codes made"
        case .recoveryCodesRemoved: "Recovery codes removed"
        case .resetRequested: "Password reset with recovery codes requested; it has to wait"
        case .resetStopped: "Password reset with recovery codes stopped"
        case .passkeyAdded: "Passkey “\(details["name"] ?? "")” added"
        case .passkeyRemoved where details["name"] == nil: "All passkeys removed"
        case .passkeyRemoved: "Passkey “\(details["name"] ?? "")” removed"
        case .passkeySuspected: "Passkey “\(details["name"] ?? "")” refused: there may be a copy of it"
        case .providerLinked: "Sign-in with \(details["provider"] ?? "a provider") linked"
        case .providerUnlinked where details["provider"] == nil: "All accounts at providers unlinked"
        case .providerUnlinked: "Sign-in with \(details["provider"] ?? "a provider") unlinked"
        case .signedOut: "Signed out"
        case .sessionsRevoked: accessEnded(details)
        case .tokenCreated: credentialMade(details)
        case .emailVerified: "E-mail address confirmed"
        case .emailChanged: "E-mail address changed"
        case .accountRecovered: "Account recovered with a link"
        case .mailUndelivered: "An e-mail to your address could not be delivered"
        case .passwordChanged: passwordChanged(details)
        case .passwordChangeFailed: "Password not changed: the current one was wrong"
        case .accessRefused: "Access to something of another account refused"
        case .formRefused: "Form refused: it had expired or came from another site"
        default: nil
        }
    }

    private static func signedIn(_ details: Details) -> String {
        switch details["credential"] {
        case "passkey": "Signed in with a passkey"
        case "provider": "Signed in with a provider"
        default:
            details["second_factor"] == SecondFactorMethod.recoveryCode.rawValue
                ? "Signed in with a recovery code" : "Signed in"
        }
    }

    private static func signInFailed(_ details: Details) -> String {
        switch details["reason"].flatMap(AuditTrail.Failure.init) {
        case .wrongPassword: "Wrong password entered"
        case .wrongCode: "Wrong code of the second factor entered"
        case .refusedPasskey: "Passkey refused"
        default: "Sign-in refused"
        }
    }

    private static func passwordChanged(_ details: Details) -> String {
        switch details["reason"] {
        case "reset link": "New password set with a link"
        case "recovery codes": "New password set with recovery codes"
        default: "Password changed"
        }
    }

    private static func credentialMade(_ details: Details) -> String? {
        switch details["purpose"] {
        case "API token": "API token “\(details["name"] ?? "")” made"
        case "reset link": "Link for a new password made"
        case LinkPurpose.passwordReset.mailName: "Link for a new password requested by e-mail"
        case LinkPurpose.emailVerification.mailName: "Link to confirm the e-mail address requested"
        case LinkPurpose.accountDeletion.mailName: "Link to delete the account requested"
        case LinkPurpose.emailChange.mailName: "Link for another e-mail address requested"
        case LinkPurpose.proof.mailName: "Confirmation code requested by e-mail"
        default: nil
        }
    }

    private static func accessEnded(_ details: Details) -> String {
        if details["purpose"] == "API token" { return "API token “\(details["name"] ?? "")” revoked" }
        let counts = [("sessions_ended", "session"), ("tokens_ended", "API token")]
        let ended = counts.compactMap { name, noun -> String? in
            guard let count = details[name], count != "0" else { return nil }
            return count == "1" ? "one \(noun)" : "\(count) \(noun)s"
        }.joined(separator: " and ")
        guard !ended.isEmpty else {
            return details["reason"] == "signed in again"
                ? "Earlier sign-in of the same browser ended" : "Session ended"
        }
        return "\(ended.prefix(1).uppercased())\(ended.dropFirst()) ended"
    }

    /// The details of an event.
    private struct Details {
        private let object: JSONObject?

        init(_ json: String) {
            if case .object(let object)? = try? JSONReader.read(Array(json.utf8)) {
                self.object = object
            } else {
                object = nil
            }
        }

        subscript(name: String) -> String? {
            if case .string(let text)? = object?[name] { text } else { nil }
        }
    }
}
