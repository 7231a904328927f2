import Domain

/// The sessions and API tokens that another change to their account has ended.
struct EndedAccess {
    let sessions: [SessionID]
    var tokens = 0

    var isEmpty: Bool { sessions.isEmpty && tokens == 0 }
}

extension Connection {
    /// Ends all of the user's sessions, or all but one, and all API tokens.
    func endAccess(of user: UserID, except kept: SessionID? = nil) throws -> EndedAccess {
        EndedAccess(sessions: try deleteSessions(of: user, except: kept), tokens: try deleteTokens(of: user))
    }
}

extension AuditEvent {
    /// The event, with the numbers of sessions and API tokens that ended.
    func counting(_ ended: EndedAccess) -> AuditEvent {
        var event = self
        event.details.append(Detail("sessions_ended", String(ended.sessions.count)))
        return event.counting(tokens: ended.tokens)
    }

    func counting(tokens: Int) -> AuditEvent {
        guard tokens > 0 else { return self }
        var event = self
        event.details.append(Detail("tokens_ended", String(tokens)))
        return event
    }
}
