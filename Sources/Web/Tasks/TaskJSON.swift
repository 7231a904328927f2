import Basics
import Calendar
import Domain
import HTTPServer
import JSON

// A task in requests and responses. The schemas say the same to clients; the acceptance tests fail where they differ.

extension TaskTag {
    /// Increment when unchanged tasks are written differently: clients keep answers across upgrades.
    static let representation = 3
}

extension TaskItem: StoredItem {
    func write(to json: inout JSONWriter) { json.task(self) }
}

extension JSONWriter {
    /// A task's public fields; a new column is not sent unless it is added here.
    mutating func task(_ task: TaskItem) { self.task(TaskRows(task)[0], of: task.ownerID) }

    /// A task after a change.
    mutating func task(_ updated: UpdatedTask) {
        task(TaskRows(updated.task)[0], of: updated.task.ownerID, completedInstance: updated.completedInstance)
    }

    mutating func task(_ task: TaskRow, of ownerID: UserID, completedInstance: CalendarTime? = nil) {
        object {
            $0.taskMembers(task, of: ownerID)
            if let completedInstance { $0.member("completed_instance", completedInstance) }
        }
    }

    /// A new task that was read from a line.
    mutating func task(_ task: TaskItem, readFrom line: QuickAdd) {
        object {
            $0.taskMembers(TaskRows(task)[0], of: task.ownerID)
            $0.readingMembers(line)
        }
    }

    /// A task in the trash.
    mutating func trashedTask(_ task: TaskRow, of ownerID: UserID) {
        object {
            $0.taskMembers(task, of: ownerID)
            $0.member("deleted_at", task.deletedAt ?? task.time(.updatedAt))
        }
    }

    private mutating func taskMembers(_ task: TaskRow, of ownerID: UserID) {
        member("id", utf8: task.bytes(.id))
        member("user_id", ownerID.rawValue)
        member("title", utf8: task.bytes(.title))
        optionalMember("description", task.optionalBytes(.description))
        member("completed", task.isCompleted)
        member("created_at", task.time(.createdAt))
        member("updated_at", task.time(.updatedAt))
        name("completed_at")
        if let completedAt = task.optionalTime(.completedAt) { time(completedAt) } else { null() }
        name("due")
        storedTime(task.optionalBytes(.due))
        name("start")
        storedTime(task.optionalBytes(.start))
        member("priority", task.priority.rawValue)
        member("list_id", utf8: task.bytes(.listID))
        member("position", utf8: task.bytes(.position))
        guard task.isElaborate else {
            return members(#""repeat":null,"tags":[],"parent_id":null,"reminders":[],"progress":null"#)
        }
        name("repeat")
        storedRepeat(task.optionalBytes(.repeats))
        name("tags")
        storedNames(task.optionalBytes(.tags))
        optionalMember("parent_id", task.optionalBytes(.parentID))
        name("reminders")
        storedReminders(task.optionalBytes(.reminders))
        name("progress")
        let total = task.integer(.subtasks)
        guard total > 0 else { return null() }
        object {
            $0.member("completed", task.integer(.completedSubtasks))
            $0.member("total", total)
        }
    }

    private mutating func optionalMember(_ name: StaticString, _ bytes: ArraySlice<UInt8>?) {
        self.name(name)
        if let bytes { string(utf8: bytes) } else { null() }
    }

    /// A repeat in its stored form, which is split and not understood: a list has many of them.
    private mutating func storedRepeat(_ bytes: ArraySlice<UInt8>?) {
        guard let bytes, let end = bytes.firstIndex(of: UInt8(ascii: ";")) else { return null() }
        object {
            $0.member("rrule", utf8: bytes[(end + 1)...])
            $0.member("from", utf8: bytes[..<end])
        }
    }

    private mutating func storedReminders(_ bytes: ArraySlice<UInt8>?) {
        array { json in
            guard let bytes else { return }
            for reminder in [Reminder](stored: String(decoding: bytes, as: UTF8.self)) {
                json.object {
                    switch reminder {
                    case .at(let time): $0.member("at", time)
                    case .before(let days, let seconds):
                        $0.member("before", Reminder.duration(days: days, seconds: seconds))
                    }
                }
            }
        }
    }

    /// Names in their stored form, one in each line.
    private mutating func storedNames(_ bytes: ArraySlice<UInt8>?) {
        array { json in
            guard let bytes else { return }
            for name in bytes.split(separator: UInt8(ascii: "\n")) { json.string(utf8: name) }
        }
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
        .required("priority", .priority),
        .required("repeat", .taskRepeat.orNull().showing(nil)),
        .required("tags", .tags),
        .required("list_id", .listID),
        .required("parent_id", .taskID.orNull().showing(nil).saying("The task that it is a part of.")),
        .required(
            "position", .string(pattern: "^[0-9a-z]+$", "vmucqohl").saying("Sorts among its siblings, as a text.")),
        .required("reminders", .array(of: .reminder)),
        .required(
            "progress",
            JSONSchema.answer(
                "Progress", .required("completed", .integer(0...1_000_000, 1)),
                .required("total", .integer(1...1_000_000, 3))
            ).orNull().showing(nil)
                .saying("Of its subtasks; null if it has none.")))

    /// A task after a change.
    static let updatedTask: JSONSchema = {
        var schema = JSONSchema(
            .object(
                task.properties + [
                    .optional(
                        "completed_instance",
                        calendarTime.saying("The due date that was completed, of a task that repeats and stays open."))
                ], isClosed: true))
        schema.name = "UpdatedTask"
        return schema
    }()

    /// A new task.
    static let createdTask: JSONSchema = {
        var schema = JSONSchema(
            .object(
                task.properties + [
                    .optional("spans", spans.saying("With `quick`: what was read as what.")),
                    .optional(
                        "suggestions", suggestions.saying("With `quick`: what may be meant, and was not applied.")),
                ], isClosed: true))
        schema.name = "CreatedTask"
        return schema
    }()

    static let trashedTask: JSONSchema = {
        var schema = JSONSchema(.object(task.properties + [.required("deleted_at", .time)], isClosed: true))
        schema.name = "TrashedTask"
        return schema
    }()

    static let listID = JSONSchema.string(
        pattern: "^(inbox|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$", ListID.inbox.rawValue
    ).saying("`inbox` is each account's first list.")

    /// A time at which an e-mail is sent, to an account whose address is verified.
    fileprivate static let reminder = JSONSchema.either(
        .request(
            nil,
            .required(
                "before",
                .string(pattern: "^P([0-9]+D)?(T[0-9HMS]+)?$", "PT30M").saying(
                    "A duration before `due`, which is at 09:00 if it is a day."))),
        .request(nil, .required("at", calendarTime)))

    fileprivate static let tags = JSONSchema.array(of: .string(1...ItemName.maximumLength, "errand"))

    /// Tags in requests.
    static let tagNames = JSONSchema.array(of: itemName("errand"))

    /// The rule of `ItemName`, except for combining marks.
    static func itemName(_ example: String) -> JSONSchema {
        .string(
            pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^" + invisible + "][^\\u0000-\\u001f\\u007f-\\u009f]*$",
            1...ItemName.maximumLength, example)
    }

    /// The input of `TaskDraft.init`.
    static let taskDraft = JSONSchema.request(
        "TaskDraft",
        .required("title", .taskTitle),
        .optional("description", .taskText("2 l").orNull()),
        .optional("completed", .boolean(false).standardly(false)),
        .optional("due", .calendarTime.orNull()),
        .optional(
            "start", .calendarTime.orNull().showing(nil).saying("Not later than `due`, and a day if that is one.")),
        .optional("priority", .priority.orNull().saying("`none` if left out or null.")),
        .optional(
            "repeat",
            .repeatInput.orNull().showing(nil).saying(
                "Needs `due`, which moves to the first date of the repeat.")),
        .optional("tags", .tagNames.orNull()),
        .optional("reminders", .array(of: .reminder).orNull()),
        .optional("list_id", .listID.orNull().saying("The Inbox if left out.")),
        .optional("parent_id", .taskID.orNull().showing(nil)),
        .optional(
            "quick",
            .boolean(false).standardly(false).saying(
                "Read `title` as a line of quick add, see `/api/tasks/parse`. Other fields win over the line's.")))

    /// The input of `TaskChanges.init(replacing:in:)`.
    static let taskReplacement = JSONSchema.request(
        "TaskReplacement",
        .required("title", .taskTitle),
        .optional("description", .taskText("2 l").orNull()),
        .optional("completed", .boolean(false).standardly(false)),
        .optional("due", .calendarTime.orNull().saying("Kept if left out.")),
        .optional("start", .calendarTime.orNull().showing(nil).saying("Kept if left out.")),
        .optional("priority", .priority.orNull().saying("Kept if left out.")),
        .optional("repeat", .repeatInput.orNull().showing(nil)),
        .optional("tags", .tagNames.orNull()),
        .optional("reminders", .array(of: .reminder).orNull()),
        .optional("list_id", .listID.orNull()),
        .optional("parent_id", .taskID.orNull().showing(nil)))

    /// The input of `TaskChanges.init`.
    static let taskChanges = JSONSchema.request(
        "TaskChanges",
        .optional("title", .taskTitle),
        .optional("description", .taskText("2 l").orNull().saying("Null takes it away.")),
        .optional("completed", .boolean(true)),
        .optional("due", .calendarTime.orNull().saying("Null takes it away.")),
        .optional("start", .calendarTime.orNull().showing(nil)),
        .optional("priority", .priority.orNull()),
        .optional("repeat", .repeatInput.orNull().showing(nil)),
        .optional("tags", .tagNames.orNull()),
        .optional("reminders", .array(of: .reminder).orNull()),
        .optional("list_id", .listID.orNull()),
        .optional("parent_id", .taskID.orNull().showing(nil)))

    static let priority = JSONSchema.words(TaskPriority.allCases.map(\.rawValue))

    /// The rule of `TaskTitle`: something visible, and no NUL. Combining marks, which are invisible alone, are too many
    /// to list. Surrounding white space counts towards the length here, but not there.
    private static let taskTitle = JSONSchema.string(
        pattern: "^[^\\u0000]*[^" + invisible + "][^\\u0000]*$", 1...TaskTitle.maximumLength, "Buy milk"
    ).saying("White space around it is trimmed. A title of nothing that can be seen is refused.")

    /// White space, controls, format characters and fillers of the Basic Multilingual Plane.
    fileprivate static let invisible =
        "\\u0000-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f"
        + "\\u0890-\\u0891\\u08e2\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f"
        + "\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f"
        + "\\ufeff\\uffa0\\ufff0-\\ufffb"

    /// The rule of `TaskText`.
    private static func taskText(_ example: String) -> JSONSchema { .text(0...TaskText.maximumLength, example) }
}
