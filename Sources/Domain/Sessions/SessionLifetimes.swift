import Basics

/// How long sessions last: until they have not been used for a while, and never beyond an absolute limit.
package struct SessionLifetimes: Sendable, Hashable {
    /// A session that is not used for so long ends.
    package let idleSeconds: Int64
    /// However much it is used, a session ends after so long.
    package let maximumSeconds: Int64
    /// One that is not remembered ends with the browser, and after a day in any case.
    package static let unrememberedSeconds: Int64 = 86_400
    private static let day: Int64 = 86_400

    package init(idleDays: Int = 7, maximumDays: Int = 30) {
        idleSeconds = Int64(idleDays) * Self.day
        maximumSeconds = Int64(maximumDays) * Self.day
    }

    /// A session in use is renewed at most once in so many seconds; a day for one of a week, as Better Auth does it.
    private var updateAgeSeconds: Int64 { min(Self.day, idleSeconds / 7) }

    /// When a session that begins at `time` expires, if it is not used.
    package func expiry(ofOneFrom time: Timestamp, isRemembered: Bool) -> Timestamp {
        let idle = isRemembered ? idleSeconds : min(idleSeconds, Self.unrememberedSeconds)
        return time.adding(seconds: min(idle, maximumSeconds))
    }

    /// When the session ends however much it is used.
    package func end(of session: Session) -> Timestamp { session.limitedFrom.adding(seconds: maximumSeconds) }

    /// The session as these limits leave it: whatever was stored under others, it expires no later.
    package func limit(_ session: Session) -> Session {
        var limited = session
        limited.expiresAt = min(session.expiresAt, session.updatedAt.adding(seconds: idleSeconds), end(of: session))
        return limited
    }

    /// When the session expires if using it now renews it; nil where that is not due, or would win nothing
    /// (better-auth: `expiresAt - lifetime + updateAge <= now`).
    package func renewal(of session: Session, at time: Timestamp) -> Timestamp? {
        guard session.isRemembered, session.expiresAt.adding(seconds: updateAgeSeconds - idleSeconds) <= time else {
            return nil
        }
        let renewed = min(time.adding(seconds: idleSeconds), end(of: session))
        return renewed > session.expiresAt ? renewed : nil
    }

    /// How long a browser is to keep the session's cookie, in seconds; at least 1.
    package func cookieSeconds(of session: Session, at time: Timestamp) -> Int64 {
        max(1, min(idleSeconds, (end(of: session).milliseconds - time.milliseconds) / 1000))
    }
}
