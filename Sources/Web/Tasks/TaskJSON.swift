import Basics
import Calendar
import Domain
import HTTPServer
import JSON

// A task in requests and responses. The schemas say the same to clients; the acceptance tests fail where they differ.

extension TaskTag {
    /// Increment when unchanged tasks are written differently: clients keep answers across upgrades.
    static let representation = 2
}

extension JSONWriter {
    /// A task's public fields; a new column is not sent unless it is added here.
    mutating func task(_ task: TaskItem) { self.task(TaskRows(task)[0], of: task.ownerID) }

    mutating func task(_ task: TaskRow, of ownerID: UserID) {
        object {
            $0.member("id", utf8: task.bytes(.id))
            $0.member("user_id", ownerID.rawValue)
            $0.member("title", utf8: task.bytes(.title))
            $0.name("description")
            if let description = task.optionalBytes(.description) { $0.string(utf8: description) } else { $0.null() }
            $0.member("completed", task.isCompleted)
            $0.member("created_at", task.time(.createdAt))
            $0.member("updated_at", task.time(.updatedAt))
            $0.name("completed_at")
            if let completedAt = task.optionalTime(.completedAt) { $0.time(completedAt) } else { $0.null() }
            $0.name("due")
            $0.storedTime(task.optionalBytes(.due))
            $0.name("start")
            $0.storedTime(task.optionalBytes(.start))
            $0.member("priority", task.priority.rawValue)
        }
    }
}

extension TaskDraft {
    /// Reads the body of a request that creates a task.
    init(_ request: Request, in zones: TimeZoneDatabase) throws {
        var body = try JSONBody(request)
        let title = try body.title()
        let description = try body.text("description")
        let due = try body.calendarTime("due", in: zones)
        let start = try body.calendarTime("start", in: zones)
        let priority = try body.priority() ?? TaskPriority.none
        let isCompleted = body.optionalBool("completed") ?? false
        try body.finish()
        guard let title else { throw AppError.invalid([]) }
        self.init(
            TaskContent(title: title, description: description, due: due, start: start, priority: priority),
            isCompleted: isCompleted)
    }
}

extension TaskChanges {
    /// Reads the body of a request that changes a task.
    init(_ request: Request, in zones: TimeZoneDatabase) throws {
        var body = try JSONBody(request)
        self.init()
        if body.has("title") { title = try body.title() }
        if body.has("description") { description = Patch(try body.text("description")) }
        isCompleted = body.optionalBool("completed")
        try readPlan(&body, zones)
        try body.finish()
    }

    /// Reads the body of a request that replaces a task. Clients that were written before tasks had dates do not name
    /// them, and mean to keep them.
    init(replacing request: Request, in zones: TimeZoneDatabase) throws {
        var body = try JSONBody(request)
        self.init()
        title = try body.title()
        description = Patch(try body.text("description"))
        isCompleted = body.optionalBool("completed") ?? false
        try readPlan(&body, zones)
        try body.finish()
    }

    private mutating func readPlan(_ body: inout JSONBody, _ zones: TimeZoneDatabase) throws {
        if body.has("due") { due = Patch(try body.calendarTime("due", in: zones)) }
        if body.has("start") { start = Patch(try body.calendarTime("start", in: zones)) }
        priority = try body.priority()
    }
}

extension JSONBody {
    /// Nil after an issue was noted.
    fileprivate mutating func title() throws -> TaskTitle? {
        let text = string("title")
        return try check("title") { try TaskTitle(text) }
    }

    /// None for null; nil if it is left out, and after an issue was noted.
    fileprivate mutating func priority() throws -> TaskPriority? {
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
}

extension JSONSchema {
    static let task = JSONSchema.answer(
        "Task",
        .required("id", .taskID),
        .required("user_id", .userID.saying("Whose it is.")),
        .required("title", .string(1...TaskTitle.maximumLength, "Buy milk")),
        .required("description", .string(0...TaskText.maximumLength, "2 l").orNull()),
        .required("completed", .boolean(false)),
        .required("created_at", .time),
        .required("updated_at", .time),
        .required("completed_at", .time.orNull().showing(nil).saying("Null while it is open.")),
        .required("due", .calendarTime.orNull()),
        .required("start", .calendarTime.orNull().showing(nil)),
        .required("priority", .priority))

    /// The input of `TaskDraft.init`.
    static let taskDraft = JSONSchema.request(
        "TaskDraft",
        .required("title", .taskTitle),
        .optional("description", .taskText("2 l").orNull()),
        .optional("completed", .boolean(false).standardly(false)),
        .optional("due", .calendarTime.orNull()),
        .optional(
            "start", .calendarTime.orNull().showing(nil).saying("Not later than `due`, and a day if that is one.")),
        .optional("priority", .priority.orNull().saying("`none` if left out or null.")))

    /// The input of `TaskChanges.init(replacing:in:)`.
    static let taskReplacement = JSONSchema.request(
        "TaskReplacement",
        .required("title", .taskTitle),
        .optional("description", .taskText("2 l").orNull()),
        .optional("completed", .boolean(false).standardly(false)),
        .optional("due", .calendarTime.orNull().saying("Kept if left out.")),
        .optional("start", .calendarTime.orNull().showing(nil).saying("Kept if left out.")),
        .optional("priority", .priority.orNull().saying("Kept if left out.")))

    /// The input of `TaskChanges.init`.
    static let taskChanges = JSONSchema.request(
        "TaskChanges",
        .optional("title", .taskTitle),
        .optional("description", .taskText("2 l").orNull().saying("Null takes it away.")),
        .optional("completed", .boolean(true)),
        .optional("due", .calendarTime.orNull().saying("Null takes it away.")),
        .optional("start", .calendarTime.orNull().showing(nil)),
        .optional("priority", .priority.orNull()))

    static let priority = JSONSchema.words(TaskPriority.allCases.map(\.rawValue))

    /// The rule of `TaskTitle`: something visible, and no NUL. Combining marks, which are invisible alone, are too many
    /// to list. Surrounding white space counts towards the length here, but not there.
    private static let taskTitle = JSONSchema.string(
        pattern: "^[^\\u0000]*[^" + invisible + "][^\\u0000]*$", 1...TaskTitle.maximumLength, "Buy milk"
    ).saying("White space around it is trimmed. A title of nothing that can be seen is refused.")

    /// White space, controls, format characters and fillers of the Basic Multilingual Plane.
    private static let invisible =
        "\\u0000-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f"
        + "\\u0890-\\u0891\\u08e2\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f"
        + "\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f"
        + "\\ufeff\\uffa0\\ufff0-\\ufffb"

    /// The rule of `TaskText`.
    private static func taskText(_ example: String) -> JSONSchema { .text(0...TaskText.maximumLength, example) }
}
