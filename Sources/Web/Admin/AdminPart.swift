/// A part of the admin's pages.
enum AdminPart: String, CaseIterable {
    case server = "Server"
    case people = "People"
    case invitations = "Invitations"
    case trail = "Audit trail"
    case mail = "Mail"
    case settings = "Settings"

    var path: String {
        switch self {
        case .server: "/admin"
        case .people: "/admin/people"
        case .invitations: "/admin/invitations"
        case .trail: "/admin/trail"
        case .mail: "/admin/mail"
        case .settings: "/admin/settings"
        }
    }
}
