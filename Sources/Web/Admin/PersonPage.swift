import Auth
import Basics
import Calendar
import Domain
import HTTPServer
import Templating

/// One account, for an admin: its data, and the possible actions. Its tasks are not shown.
struct PersonPage: Page {
    static let template = "pages/admin-person"

    static func path(of user: UserID) -> String {
        "\(AdminPart.people.path)/\(PercentEncoding.encodeComponent(user.rawValue))"
    }

    static func state(of user: User) -> String {
        user.isActive ? "Active" : user.deletionRequestedAt == nil ? "Deactivated" : "To be deleted"
    }

    var frame: PageFrame
    let tabs = AdminTab.tabs(at: .people)
    let user: User
    let overview: AccountOverview
    /// Newest first.
    let records: [AuditRecord]
    /// The reader's.
    let dates: DateFormat
    /// True if the actions take the password of the reader.
    let needsPassword: Bool
    var notice: String?
    /// A link for a new password, which was just made; it is shown once.
    var resetLink: String?
    /// An error of an action.
    var error: String?
    /// The error of the address that confirms a deletion.
    var deletionError: String?

    static let fields: [TemplateField<PersonPage>] = [
        .model("page", \.frame),
        .list("tabs") { $0.tabs },
        .text("path") { path(of: $0.user.id) },
        .text("id") { $0.user.id.rawValue },
        .text("email") { $0.user.email.text },
        .optionalText("name") { $0.user.username },
        .text("state") { state(of: $0.user) },
        .optionalText("due") { page in
            page.user.deletionRequestedAt.map { page.dates.day($0.adding(seconds: PendingDeletion.graceSeconds)) }
        },
        .flag("is_active") { $0.user.isActive },
        .flag("is_pending") { $0.user.deletionRequestedAt != nil },
        .flag("is_admin") { $0.user.isAdmin },
        .flag("is_verified") { $0.user.isEmailVerified },
        .flag("has_password") { $0.overview.hasPassword },
        .flag("has_second_factor") { $0.user.hasSecondFactor },
        .number("recovery_codes") { $0.overview.recoveryCodesLeft },
        .number("passkey_count") { $0.overview.passkeys.count },
        .text("providers") { $0.overview.providers.joined(separator: ", ") },
        .optionalModel("reset_ready") { page in page.user.resetReadyAt.map { ShownTime($0, in: page.dates) } },
        .number("token_count") { $0.overview.apiTokens.count },
        .number("session_count") { $0.overview.sessions.count },
        .list("devices") { page in DeviceGroup.groups(of: page.overview.sessions, current: nil, in: page.dates) },
        .model("since") { ShownTime($0.user.createdAt, in: $0.dates) },
        .optionalModel("seen") { page in page.lastSeenAt.map { ShownTime($0, in: page.dates) } },
        .list("activities") { page in page.records.compactMap { Activity($0, in: page.dates) } },
        .text("trail") { "\(AdminPart.trail.path)?user=\(PercentEncoding.encodeComponent($0.user.id.rawValue))" },
        .flag("needs_password") { $0.needsPassword },
        .optionalText("notice") { $0.notice },
        .optionalText("reset_link") { $0.resetLink },
        .optionalText("error") { $0.error },
        .optionalText("deletion_error") { $0.deletionError },
    ]

    /// The last use of a session that is there; otherwise the last sign-in among the latest events.
    private var lastSeenAt: Timestamp? {
        overview.lastSeenAt ?? records.first { $0.kind == .signedIn }?.at
    }

    /// The name of the notice that an action had nothing to do.
    static let unchanged = "unchanged"

    /// The sentence of a notice that the page's address names.
    static func notice(_ name: String) -> String? {
        name == unchanged ? "Nothing was changed: that was done before." : AdminAction(rawValue: name)?.sentence
    }
}
