import Basics
import Calendar
import Domain
import HTTPServer

// A page of a list as the parameters of a URL.
extension TaskQuery {
    /// - Throws: `InvalidQuery` with the issues of all parameters.
    init(_ request: Request, for reader: TaskReader) async throws {
        self.init()
        guard !request.queryString.isEmpty else { return }
        try await self.init(try request.query(), for: reader)
    }

    /// - Throws: `InvalidQuery` with the issues of all parameters.
    init(_ fields: FormFields, for reader: TaskReader) async throws {
        self.init()
        var issues = FieldIssues()
        if let text = fields["view"] {
            if let view = TaskView(rawValue: text) {
                filter = view.filter(on: reader.clock.date, in: reader.locale.timeZone)
                order = view.order
            } else {
                let names = TaskView.allCases.map(\.rawValue).joined(separator: ", ")
                issues.add(.parameter("view", "must be one of \(names)."))
            }
        }
        if let text = fields["q"] {
            if text.unicodeScalars.count <= SearchQuery.maximumLength {
                let search = SearchQuery(text)
                let lists = search.list == nil ? [] : try await reader.lists.lists(of: reader.owner)
                search.narrow(&filter, at: reader.clock, in: reader.locale.timeZone, lists: lists)
            } else {
                issues.add(.parameter("q", "may have at most \(SearchQuery.maximumLength) characters."))
            }
        }
        if let text = fields["list"] {
            let id = ListID(untrusted: text)
            filter.narrow(\.listID, to: id)
            if id == nil { issues.add(.parameter("list", "must be the id of a list.")) }
            order = .byHand
        }
        if let text = fields["tag"] {
            if let name = try? ItemName(text) {
                filter.tags.append(name.key)
            } else {
                issues.add(.parameter("tag", "must be the name of a tag."))
            }
        }
        if fields["completed"] != nil {
            let isCompleted = fields.bool("completed")
            filter.narrow(\.isCompleted, to: isCompleted)
            if isCompleted == nil { issues.add(.parameter("completed", "must be true or false.")) }
        }
        if let text = fields["sort"] { readOrder(text, &issues) }
        readPage(fields, &issues)
        guard issues.all.isEmpty else { throw InvalidQuery(issues: issues.all) }
    }

    /// A page of the trash.
    /// - Throws: `InvalidQuery` with the issues of all parameters.
    init(trash request: Request) throws {
        self.init()
        filter.isInTrash = true
        order = .lastDeletedFirst
        guard !request.queryString.isEmpty else { return }
        var issues = FieldIssues()
        readPage(try request.query(), &issues)
        guard issues.all.isEmpty else { throw InvalidQuery(issues: issues.all) }
    }

    private mutating func readOrder(_ text: String, _ issues: inout FieldIssues) {
        guard let known = TaskOrder.indexed.first(where: { $0.name == text }) else {
            let names = TaskOrder.indexed.map(\.name)
            let list = "\(names.dropLast().joined(separator: ", ")) or \(names.last ?? "")"
            return issues.add(.parameter("sort", "must be \(list)."))
        }
        guard known.key != .position || filter.listID != nil else {
            return issues.add(.parameter("sort", "can be position in a single list only: send 'list' as well."))
        }
        order = known
    }

    private mutating func readPage(_ fields: FormFields, _ issues: inout FieldIssues) {
        if let text = fields["limit"] {
            if let number = Int(digits: text), Self.limits.contains(number) {
                limit = number
            } else {
                issues.add(.limit(Self.limits))
            }
        }
        if let text = fields["cursor"] {
            cursor = TaskCursor(text, in: order)
            if cursor == nil { issues.add(.parameter("cursor", "must come from a Link header of this list.")) }
        }
    }

    /// What the list depends on besides the tasks and its address.
    var timeKey: String {
        guard let due = filter.due else { return "" }
        return "\(due.from?.text ?? "")/\(due.until?.text ?? "")/\(due.zone ?? "")"
    }
}

extension Request {
    /// The parameters of another page of the same list.
    func parameters(cursor: TaskCursor, of query: TaskQuery) throws -> String {
        let place = PercentEncoding.encodeComponent(cursor.text(in: query.order))
        var parameters = "limit=\(query.limit)&cursor=\(place)"
        for (name, value) in try self.query().pairs where name != "limit" && name != "cursor" {
            parameters += "&\(PercentEncoding.encodeComponent(name))=\(PercentEncoding.encodeComponent(value))"
        }
        return parameters
    }
}

extension FieldIssue {
    fileprivate static func parameter(_ name: String, _ rule: String) -> FieldIssue {
        FieldIssue(name, "Parameter '\(name)' \(rule)", .wrongValue)
    }
}
