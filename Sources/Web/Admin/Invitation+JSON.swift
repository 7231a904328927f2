import Basics
import Domain
import JSON

extension JSONWriter {
    /// Every field of an invitation but its link, of which only a digest is stored; for the API and the command line.
    package mutating func members(of invitation: Invitation, at time: Timestamp) {
        member("id", invitation.id.rawValue)
        member("state", invitation.state(at: time).rawValue)
        member("email", invitation.email?.text)
        member("uses", Int64(invitation.uses))
        member("maximum_uses", invitation.maximumUses.map(Int64.init))
        member("created_by", invitation.createdBy)
        member("created_at", invitation.createdAt)
        member("expires_at", invitation.expiresAt)
        member("revoked_at", invitation.revokedAt?.rfc3339)
    }
}

extension JSONSchema {
    /// The output of `members(of:at:)`.
    static let madeInvitation = answer(
        "Invitation",
        .required("id", .taskID),
        .required("state", .words(Invitation.State.allCases.map(\.rawValue))),
        .required("email", email.orNull().saying("The only address that it admits; null for any.")),
        .required("uses", .integer(0...Int64.max, 0).saying("How many accounts were made with it.")),
        .required("maximum_uses", .integer(1...Int64.max, 1).orNull().saying("Null for no limit.")),
        .required(
            "created_by",
            .string("admin: 0199d5a4-1c2b-7f10-8a3c-6b1d2e4f5a69").saying("As `actor` in the audit trail.")),
        .required("created_at", .time),
        .required("expires_at", .time.saying("Expired ones are listed for a month.")),
        .required("revoked_at", .time.orNull()))
}
