import Basics
import Calendar
import Domain
import HTTPServer
import JSON

// Tasks in the bodies of requests.

extension TaskDraft {
    /// Reads the body of a request that creates a task.
    /// - Parameter quickAdd: reads the title of a request that asks for it as a line of quick add.
    init(
        _ request: Request, in zones: TimeZoneDatabase, quickAdd: (String) async throws -> (QuickAdd, ListID?)
    ) async throws {
        var body = try JSONBody(request)
        var changes = TaskChanges()
        var line: QuickAdd?
        if body.optionalBool("quick") == true {
            let text = body.string("title")
            if let text = try body.check("title", { try QuickAdd.line(text, field: "title") }) {
                let (read, list) = try await quickAdd(text)
                changes = try body.check("title") { try TaskChanges(read) } ?? changes
                (line, changes.listID) = (read, list)
            }
        } else {
            changes.title = try body.title()
        }
        try changes.readFields(&body, zones)
        changes.isCompleted = body.optionalBool("completed") ?? false
        try body.finish()
        guard let title = changes.title else { throw AppError.invalid([]) }
        var content = changes.applied(to: TaskContent(title: title, description: nil))
        // A date that is given replaces that of the line, and the line's repeat with it.
        if line?.repeats != nil, body.has("due"), !body.has("repeat") { content.repeats = nil }
        self.init(
            content, isCompleted: changes.isCompleted ?? false, listID: changes.listID, parentID: changes.parentID.value
        )
    }
}

extension TaskChanges {
    /// The fields of a line of quick add.
    init(_ line: QuickAdd) throws {
        self.init(
            title: try TaskTitle(line.title),
            description: try line.description.map { .set(try TaskText($0, field: "description")) } ?? .keep,
            due: line.due.map(Patch.set) ?? .keep, priority: line.priority,
            repeats: line.repeats.map(Patch.set) ?? .keep, tags: try line.tags.map { try ItemName($0, field: "tags") })
    }

    /// Reads the body of a request that changes a task.
    init(_ body: JSONBody, in zones: TimeZoneDatabase) throws {
        var body = body
        self.init()
        if body.has("title") { title = try body.title() }
        isCompleted = body.optionalBool("completed")
        try readFields(&body, zones)
        try body.finish()
    }

    /// Reads an object within a body; its issues become the body's.
    init(setting object: JSONObject, in zones: TimeZoneDatabase, _ body: inout JSONBody) throws {
        var fields = JSONBody(object)
        self.init()
        if fields.has("title") { title = try fields.title() }
        isCompleted = fields.optionalBool("completed")
        try readFields(&fields, zones)
        body.take(fields)
    }

    /// Reads the body of a request that replaces a task. Clients that were written before tasks had dates do not name
    /// them, and mean to keep them.
    init(replacing request: Request, in zones: TimeZoneDatabase) throws {
        var body = try JSONBody(request)
        self.init()
        title = try body.title()
        isCompleted = body.optionalBool("completed") ?? false
        try readFields(&body, zones)
        if description.isKept { description = .clear }
        try body.finish()
    }

    /// The fields besides title and completion; those that are left out are kept.
    fileprivate mutating func readFields(_ body: inout JSONBody, _ zones: TimeZoneDatabase) throws {
        if body.has("description") { description = Patch(try body.text("description")) }
        if body.has("due") { due = Patch(try body.calendarTime("due", in: zones)) }
        if body.has("start") { start = Patch(try body.calendarTime("start", in: zones)) }
        if let priority = try body.priority() { self.priority = priority }
        if body.has("repeat") { repeats = Patch(try body.taskRepeat("repeat")) }
        if body.has("tags") { tags = try body.names("tags") }
        if body.has("reminders") { reminders = try body.reminders("reminders", in: zones) }
        if body.has("list_id") { listID = try body.listID("list_id") ?? .inbox }
        if body.has("parent_id") { parentID = Patch(try body.taskID("parent_id")) }
    }
}

extension QuickAdd {
    /// A line that may become a title and a description.
    static func line(_ text: String, field: String) throws(AppError) -> String {
        guard text.isVisible else { throw .invalid([FieldIssue(field, "Enter a title.", .tooShort)]) }
        guard text.unicodeScalars.count <= maximumLength else {
            let rule = "The text may have at most \(maximumLength) characters."
            throw .invalid([FieldIssue(field, rule, .tooLong)])
        }
        return text
    }
}

extension JSONBody {
    /// Nil after an issue was noted.
    fileprivate mutating func title() throws -> TaskTitle? {
        let text = string("title")
        return try check("title") { try TaskTitle(text) }
    }

    /// None for null; nil if it is left out, and after an issue was noted.
    mutating func priority() throws -> TaskPriority? {
        guard has("priority") else { return nil }
        guard let text = optionalString("priority") else { return TaskPriority.none }
        return try check("priority") {
            guard let priority = TaskPriority(rawValue: text) else {
                let rule = "Field 'priority' must be none, low, medium or high."
                throw AppError.invalid([FieldIssue("priority", rule, .wrongValue)])
            }
            return priority
        }
    }

    /// Nil for null, and after an issue was noted.
    fileprivate mutating func text(_ name: String) throws -> TaskText? {
        guard let text = optionalString(name) else { return nil }
        return try check(name) { try TaskText(text, field: name) }
    }

    /// Nil for null, and after an issue was noted.
    fileprivate mutating func taskRepeat(_ name: String) throws -> TaskRepeat? {
        guard let object = optionalObject(name) else { return nil }
        return try check(name) {
            func issue(_ rule: String, _ kind: FieldIssue.Kind) -> AppError {
                .invalid([FieldIssue(name, "Field '\(name)\(rule)", kind)])
            }
            guard case .string(let rule)? = object["rrule"] else {
                throw issue(".rrule' must be a string.", .wrongType)
            }
            var anchor = TaskRepeat.Anchor.due
            switch object["from"] {
            case nil: break
            case .string(let text)?:
                guard let known = TaskRepeat.Anchor(rawValue: text) else {
                    throw issue(".from' must be due or completion.", .wrongValue)
                }
                anchor = known
            default: throw issue(".from' must be a string.", .wrongType)
            }
            let repeats = TaskRepeat(try Recurrence(rule, field: name), from: anchor)
            try repeats.check(field: name)
            return repeats
        }
    }

    /// Names of tags; none for null.
    mutating func names(_ name: String) throws -> [ItemName] {
        guard let values = optionalArray(name) else { return [] }
        return try check(name) {
            guard values.count <= Tag.maximumPerTask else {
                let rule = "Field '\(name)' may have at most \(Tag.maximumPerTask) names."
                throw AppError.invalid([FieldIssue(name, rule, .tooLong)])
            }
            let names = try values.map { value in
                guard case .string(let text) = value else {
                    throw AppError.invalid([
                        FieldIssue(name, "Field '\(name)' must be an array of strings.", .wrongType)
                    ])
                }
                return try ItemName(text, field: name)
            }
            return [ItemName]().adding(names)
        } ?? []
    }

    /// None for null.
    fileprivate mutating func reminders(_ name: String, in zones: TimeZoneDatabase) throws -> [Reminder] {
        guard let values = optionalArray(name) else { return [] }
        guard values.count <= Reminder.maximumCount else {
            note(name, "A task may have at most \(Reminder.maximumCount) reminders.")
            return []
        }
        var all: [Reminder] = []
        for value in values {
            guard case .object(let object) = value else {
                note(name, "Field '\(name)' must be an array of objects.")
                return []
            }
            if let other = object.members.first(where: { !["before", "at"].contains($0.name) }) {
                note(name, "A reminder has no member '\(other.name.prefix(20))'.")
                return []
            }
            if let before = object["before"], object["at"] == nil {
                guard case .string(let text) = before else {
                    note(name, "A reminder's 'before' must be a string.")
                    return []
                }
                guard let reminder = Reminder(duration: text) else {
                    note(name, "A reminder's 'before' must be a duration of at most 366 days, such as PT30M or P1D.")
                    return []
                }
                if !all.contains(reminder) { all.append(reminder) }
                continue
            }
            var nested = JSONBody(object)
            let time = try nested.calendarTime("at", in: zones)
            take(nested)
            guard let time, object["before"] == nil else {
                note(name, "A reminder needs either 'before' or 'at'.")
                return []
            }
            if !all.contains(.at(time)) { all.append(.at(time)) }
        }
        return all
    }

    /// Nil for null, and after an issue was noted.
    mutating func listID(_ name: String) throws -> ListID? {
        guard let text = optionalString(name) else { return nil }
        return try check(name) {
            guard let id = ListID(untrusted: text) else {
                throw AppError.invalid([FieldIssue(name, "There is no such list.", .wrongValue)])
            }
            return id
        }
    }

    /// Ids of tasks, each once; nil after an issue was noted.
    mutating func taskIDs(_ name: String, atMost maximum: Int) throws -> [TaskID]? {
        guard let values = optionalArray(name) else { return nil }
        return try check(name) {
            guard (1...maximum).contains(values.count) else {
                let rule = "Field '\(name)' must have from 1 to \(maximum) ids."
                throw AppError.invalid([FieldIssue(name, rule, .wrongValue)])
            }
            var (ids, known) = ([TaskID](), Set<TaskID>())
            for value in values {
                guard case .string(let text) = value, let id = TaskID(untrusted: text) else {
                    throw AppError.invalid([FieldIssue(name, "Field '\(name)' must have ids of tasks.", .wrongValue)])
                }
                if known.insert(id).inserted { ids.append(id) }
            }
            return ids
        }
    }

    /// Nil for null, and after an issue was noted.
    mutating func taskID(_ name: String) throws -> TaskID? {
        guard let text = optionalString(name) else { return nil }
        return try check(name) {
            guard let id = TaskID(untrusted: text) else {
                throw AppError.invalid([FieldIssue(name, "There is no such task.", .wrongValue)])
            }
            return id
        }
    }
}
