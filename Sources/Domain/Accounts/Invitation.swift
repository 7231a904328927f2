import Basics

/// A link that lets its holder sign up. Only a digest of its token is stored.
package struct Invitation: Sendable, Hashable, Identifiable {
    package enum State: String, Sendable, CaseIterable {
        case open
        case used
        case expired
        case revoked
    }

    package let id: InvitationID
    /// The only address that it admits; nil for any.
    package let email: EmailAddress?
    /// Nil for no limit.
    package let maximumUses: Int?
    package var uses: Int
    /// Its maker, in the words of the audit trail.
    package let createdBy: String
    package let createdAt: Timestamp
    package let expiresAt: Timestamp
    package var revokedAt: Timestamp?

    package init(
        id: InvitationID, email: EmailAddress?, maximumUses: Int?, uses: Int = 0, createdBy: String,
        createdAt: Timestamp, expiresAt: Timestamp, revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.email = email
        self.maximumUses = maximumUses
        self.uses = uses
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    package func state(at time: Timestamp) -> State {
        if revokedAt != nil { return .revoked }
        if let maximumUses, uses >= maximumUses { return .used }
        return expiresAt <= time ? .expired : .open
    }

    package func admits(_ address: EmailAddress) -> Bool { email == nil || email == address }
}
