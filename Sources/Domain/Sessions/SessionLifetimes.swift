import Basics

/// Session lifetimes: an idle timeout and an absolute limit.
package struct SessionLifetimes: Sendable, Hashable {
    /// The idle timeout.
    package let idleSeconds: Int64
    /// The absolute limit, regardless of use.
    package let maximumSeconds: Int64
    /// The lifetime of a session that is not remembered; its cookie also ends with the browser.
    package static let unrememberedSeconds: Int64 = 86_400
    private static let day: Int64 = 86_400

    package init(idleDays: Int = 7, maximumDays: Int = 30) {
        idleSeconds = Int64(idleDays) * Self.day
        maximumSeconds = Int64(maximumDays) * Self.day
    }

    /// The minimum interval between renewals of a session in use; a day for a one-week session, as in Better Auth.
    private var updateAgeSeconds: Int64 { min(Self.day, idleSeconds / 7) }

    /// The expiry of an unused session that begins at `time`.
    package func expiry(ofOneFrom time: Timestamp, isRemembered: Bool) -> Timestamp {
        let idle = isRemembered ? idleSeconds : min(idleSeconds, Self.unrememberedSeconds)
        return time.adding(seconds: min(idle, maximumSeconds))
    }

    /// The session's absolute limit.
    package func end(of session: Session) -> Timestamp { session.limitedFrom.adding(seconds: maximumSeconds) }

    /// The session under these limits: if it was stored under others, it expires no later than these allow.
    package func limit(_ session: Session) -> Session {
        var limited = session
        limited.expiresAt = min(session.expiresAt, session.updatedAt.adding(seconds: idleSeconds), end(of: session))
        return limited
    }

    /// The new expiry if using the session now renews it; nil if no renewal is due or it would gain nothing
    /// (better-auth: `expiresAt - lifetime + updateAge <= now`).
    package func renewal(of session: Session, at time: Timestamp) -> Timestamp? {
        guard session.isRemembered, session.expiresAt.adding(seconds: updateAgeSeconds - idleSeconds) <= time else {
            return nil
        }
        let renewed = min(time.adding(seconds: idleSeconds), end(of: session))
        return renewed > session.expiresAt ? renewed : nil
    }

    /// The Max-Age of the session's cookie, in seconds; at least 1.
    package func cookieSeconds(of session: Session, at time: Timestamp) -> Int64 {
        max(1, min(idleSeconds, (end(of: session).milliseconds - time.milliseconds) / 1000))
    }
}
