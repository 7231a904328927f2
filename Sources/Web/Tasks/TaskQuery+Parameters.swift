import Domain
import HTTPServer

// A page of a list as the parameters of a URL.
extension TaskQuery {
    /// - Throws: `InvalidQuery` with the issues of all parameters.
    init(_ request: Request) throws {
        self.init()
        guard !request.queryString.isEmpty else { return }
        let fields = try request.query()
        var issues = FieldIssues()
        if fields["completed"] != nil {
            filter.isCompleted = fields.bool("completed")
            if filter.isCompleted == nil { issues.add(.parameter("completed", "must be true or false.")) }
        }
        if let text = fields["sort"] {
            if let known = TaskOrder.indexed.first(where: { $0.name == text }) {
                order = known
            } else {
                let names = TaskOrder.indexed.map(\.name).joined(separator: " or ")
                issues.add(.parameter("sort", "must be \(names)."))
            }
        }
        if let text = fields["limit"] {
            if let number = Int(digits: text), Self.limits.contains(number) {
                limit = number
            } else {
                issues.add(.parameter("limit", "must be a number from 1 to 100."))
            }
        }
        if let text = fields["cursor"] {
            cursor = TaskID(untrusted: text).map { TaskCursor(id: $0) }
            if cursor == nil { issues.add(.parameter("cursor", "must come from a Link header of this list.")) }
        }
        guard issues.all.isEmpty else { throw InvalidQuery(issues: issues.all) }
    }

    /// The parameters of another page of the same list.
    func parameters(cursor: TaskCursor) -> String {
        var parameters = "limit=\(limit)&cursor=\(cursor.id)"
        if let isCompleted = filter.isCompleted { parameters += "&completed=\(isCompleted)" }
        if order != .newestFirst { parameters += "&sort=\(order.name)" }
        return parameters
    }
}

extension FieldIssue {
    fileprivate static func parameter(_ name: String, _ rule: String) -> FieldIssue {
        FieldIssue(name, "Parameter '\(name)' \(rule)", .wrongValue)
    }
}
