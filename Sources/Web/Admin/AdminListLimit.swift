import Domain
import HTTPServer

/// The length of a page of a list for admins, and the place where it begins: the fields `limit` and `cursor`.
enum AdminListLimit {
    private static let range: ClosedRange<Int> = 1...500
    private static let standard = 50

    static func read(_ fields: FormFields, noting issues: inout FieldIssues) -> Int {
        let limit = fields["limit"].map { Int(digits: $0) ?? 0 } ?? standard
        if !range.contains(limit) { issues.add(issue) }
        return limit
    }

    static let issue = FieldIssue.limit(range)
    static let cursorIssue = FieldIssue(
        "cursor", "Parameter 'cursor' must come from a Link header.", .wrongValue)

    /// - Parameter cursor: an example.
    static func parameters(cursor: String) -> [Parameter] {
        [
            .query(
                "limit",
                .integer(Int64(range.lowerBound)...Int64(range.upperBound), 20).standardly(.integer(Int64(standard)))),
            .query("cursor", .text(cursor).saying("The place as the `Link` header has it.")),
        ]
    }
}
