import Auth
import Basics
import Calendar
import Domain
import HTTPServer

/// The filter of the audit trail, as the address of a page or of the API has it.
struct TrailFilter {
    var user = ""
    /// The one who did it, as `AuditAuthor` reads it, or an address.
    var author = ""
    var event = ""
    /// Days on the reader's clocks, or times of UTC.
    var since = ""
    var until = ""

    init() {}

    init(_ query: FormFields) {
        user = String((query["user"] ?? "").trimmingWhitespace())
        author = String((query["by"] ?? "").trimmingWhitespace())
        event = query["event"] ?? ""
        (since, until) = (query["since"] ?? "", query["until"] ?? "")
    }

    /// The fields of an address, of those that are used.
    private var fields: [(name: String, value: String)] {
        [("user", user), ("by", author), ("event", event), ("since", since), ("until", until)].filter {
            !$0.value.isEmpty
        }
    }

    /// The rest of an address with the same filter.
    func parameters(_ more: [(name: String, value: String)]) -> String {
        var all = FormFields()
        for (name, value) in fields + more { all.append(name, value) }
        return all.urlEncoded
    }

    /// - Parameters:
    ///   - zone: that of days.
    ///   - administration: finds accounts by their address.
    ///   - issues: receives what is wrong with the filter, by its fields.
    func query(
        limit: Int, in zone: TimeZoneRules?, _ administration: AccountAdministration, noting issues: inout FieldIssues
    ) async throws -> AuditQuery {
        var query = AuditQuery(limit: limit)
        query.user = try await account(user, "user", administration, &issues)
        if EmailAddress(author) != nil {
            query.author = try await account(author, "by", administration, &issues).map(AuditAuthor.account)
        } else if !author.isEmpty {
            query.author = AuditAuthor(author)
        }
        if !event.isEmpty {
            query.event = event
            if AuditEvent.Kind(rawValue: event) == nil {
                issues.add(FieldIssue("event", "There is no event of this name.", .wrongValue))
            }
        }
        query.since = time(since, "since", zone ?? .utc, isEnd: false, &issues)
        query.until = time(until, "until", zone ?? .utc, isEnd: true, &issues)
        return query
    }

    private func account(
        _ text: String, _ field: String, _ administration: AccountAdministration, _ issues: inout FieldIssues
    ) async throws -> UserID? {
        guard !text.isEmpty else { return nil }
        // An id is used as given: the trail outlives the account.
        guard EmailAddress(text) != nil else { return UserID(rawValue: text) }
        let found = try await administration.user(text)?.id
        if found == nil {
            issues.add(FieldIssue(field, "There is no such account. Of a deleted one, give the id.", .wrongValue))
        }
        return found
    }

    /// - Parameter isEnd: true to have the last moment of a day.
    private func time(
        _ text: String, _ field: String, _ zone: TimeZoneRules, isEnd: Bool, _ issues: inout FieldIssues
    ) -> Timestamp? {
        guard !text.isEmpty else { return nil }
        if let date = CalendarDate(text) {
            return isEnd
                ? Timestamp(milliseconds: zone.start(of: date.adding(days: 1)).milliseconds - 1) : zone.start(of: date)
        }
        if text.hasSuffix("Z"), let local = LocalDateTime(text.dropLast()) {
            return TimeZoneRules.utc.instant(of: local)
        }
        issues.add(FieldIssue(field, "Enter a day, such as 2026-11-28.", .wrongValue))
        return nil
    }
}
