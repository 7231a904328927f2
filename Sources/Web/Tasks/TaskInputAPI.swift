import Basics
import Calendar
import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// Reads what people type as tasks and repeats. Stores nothing.
struct TaskInputAPI: Sendable {
    let lists: ListService
    let zones: TimeZoneDatabase
    let now: @Sendable () -> Timestamp

    private static let instanceCounts: ClosedRange<Int64> = 1...100
    private static let defaultInstanceCount: Int64 = 10

    func addRoutes(to group: RouteGroup<OwnTasksContext>) {
        group.post("parse", summary: "Read a line as a task", Self.parsing, use: parse)
        group.post("preview-repeat", summary: "Show when a repeat falls due", Self.previewing, use: previewRepeat)
    }

    // MARK: Quick add

    @Sendable private func parse(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        var body = try JSONBody(request)
        let text = body.string("text")
        let line = try body.check("text") { try QuickAdd.line(text, field: "text") }
        let zone = body.optionalString("time_zone") ?? context.locale.timeZone ?? "UTC"
        let rules = try body.check("time_zone") {
            guard let rules = zones.rules(zone) else { throw CalendarTime.unknownZone("time_zone") }
            return rules
        }
        let clock = body.optionalString("now")
        let time = try body.check("now") { try clock.map { try Self.moment($0, in: rules ?? .utc) } ?? now() }
        let day = body.optionalString("week_start")
        let weekStart = try body.check("week_start") { try day.map(Self.weekday) ?? context.locale.weekStart }
        try body.finish()
        guard let line, let rules, let time, let weekStart else { throw AppError.invalid([]) }
        let lists = try await lists.lists(of: context.owner).filter { !$0.isArchived }.map(\.name.text)
        let found = QuickAdd(
            line, in: QuickAddContext(now: time, zone: zone, rules: rules, weekStart: weekStart, lists: lists))
        return .json(.ok) { $0.quickAdd(found) }
    }

    /// `2026-11-26T10:00` on the clocks of the zone.
    private static func moment(_ text: String, in rules: TimeZoneRules) throws(AppError) -> Timestamp {
        guard let local = LocalDateTime(text) else {
            let rule = "Field 'now' must be a local time such as 2026-11-26T10:00."
            throw .invalid([FieldIssue("now", rule, .wrongValue)])
        }
        return rules.instant(of: local)
    }

    private static func weekday(_ text: String) throws(AppError) -> Weekday {
        guard let day = Weekday(name: text) else {
            let rule = "Field 'week_start' must be a day of the week, such as monday."
            throw .invalid([FieldIssue("week_start", rule, .wrongValue)])
        }
        return day
    }

    private static let parsing = Operation(
        "parseTask", .tasks,
        "Signs count anywhere (`#tag`, `!high`, `+List`, `due:2026-12-24`), English dates and repeats at the end, and "
            + "quotes keep everything as it is. `spans` says what was read from where, and `suggestions` what was left "
            + "in the title and may mean something. Nothing is stored.",
        body: .json(
            .request(
                "TaskLine",
                .required("text", .string(1...QuickAdd.maximumLength, "Buy milk tomorrow at 17:00 #errand")),
                .optional(
                    "now", JSONSchema.localTime.orNull().saying("The present time on the zone's clocks, for tests.")),
                .optional(
                    "time_zone", JSONSchema.timeZone.orNull().saying("The account's zone if left out, or else UTC.")),
                .optional(
                    "week_start", .words(Weekday.allCases.map(\.name)).orNull().saying("The account's if left out.")))),
        answers: [
            .json(.ok, "The line as a task.", .quickAdd),
            .invalid(FieldIssue("text", "Enter a title.", .tooShort)),
        ])

    // MARK: Repeats

    @Sendable private func previewRepeat(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        var body = try JSONBody(request)
        let text = body.string("rrule")
        let recurrence = try body.check("rrule") { try Recurrence(text, field: "rrule") }
        let start = try body.calendarTime("start", in: zones)
        if !body.has("start") { body.missing("start") }
        let count = body.optionalInteger("count", in: Self.instanceCounts) ?? Self.defaultInstanceCount
        try body.finish()
        guard let recurrence, let start else {
            throw AppError.invalid([.required("start")])
        }
        guard let rule = recurrence.rule else {
            throw AppError.invalid([
                FieldIssue("rrule", "This repeat is kept as it is written, and not computed.", .wrongValue)
            ])
        }
        let found = Array(rule.instances(from: start, in: start.zone.flatMap(zones.rules)).prefix(Int(count) + 1))
        guard !found.isEmpty else { throw AppError.invalid([.hasNoDate("rrule", rule, from: start, in: zones)]) }
        return .json(.ok) {
            $0.object {
                $0.name("instances")
                $0.array { json in for time in found.prefix(Int(count)) { json.calendarTime(time) } }
                $0.member("complete", found.count <= Int(count))
            }
        }
    }

    private static let previewing = Operation(
        "previewRepeat", .tasks, "`complete` is true if there are no further instances.",
        body: .json(
            .request(
                "RepeatPreview",
                .required("rrule", .rrule),
                .required("start", .calendarTime),
                .optional(
                    "count", .integer(instanceCounts, 5).standardly(.integer(defaultInstanceCount))))),
        answers: [
            .json(
                .ok, "The first instances, from `start` on.",
                .answer(
                    "Instances", .required("instances", .array(of: .calendarTime)),
                    .required("complete", .boolean(false)))),
            .invalid(.neverFires("rrule")),
        ])
}

extension JSONWriter {
    fileprivate mutating func quickAdd(_ task: QuickAdd) {
        object {
            $0.member("title", task.title)
            $0.member("description", task.description)
            $0.member("due", task.due)
            $0.member("start", nil as CalendarTime?)
            $0.member("repeat", task.repeats)
            $0.member("priority", task.priority.rawValue)
            $0.name("tags")
            $0.array { json in for tag in task.tags { json.string(tag) } }
            $0.member("list", task.list)
            $0.readingMembers(task)
        }
    }

    /// The spans of the line that were read, and the suggestions that were not applied.
    mutating func readingMembers(_ line: QuickAdd) {
        name("spans")
        array { json in
            for span in line.spans {
                json.object {
                    $0.member("field", span.field.rawValue)
                    $0.range(span.range)
                }
            }
        }
        name("suggestions")
        array { json in for suggestion in line.suggestions { json.suggestion(suggestion) } }
    }

    private mutating func suggestion(_ suggestion: QuickAddSuggestion) {
        object {
            $0.range(suggestion.range)
            $0.member("text", suggestion.text)
            switch suggestion.meaning {
            case .due(let time): $0.member("due", time)
            case .repeats(let found, let due):
                $0.member("due", due)
                $0.member("repeat", found)
            case .list(let name): $0.member("list", name)
            }
        }
    }

    private mutating func range(_ range: Range<Int>) {
        member("start", Int64(range.lowerBound))
        member("end", Int64(range.upperBound))
    }

    mutating func member(_ name: StaticString, _ repeats: TaskRepeat?) {
        self.name(name)
        guard let repeats else { return null() }
        object {
            $0.member("rrule", repeats.recurrence.text)
            $0.member("from", repeats.anchor.rawValue)
        }
    }
}

extension JSONSchema {
    fileprivate static let quickAdd = JSONSchema.answer(
        "ReadTask",
        .required("title", .string(1...QuickAdd.maximumLength, "Buy milk")),
        .required("description", .string("2 l").orNull().showing(nil)),
        .required("due", calendarTime.orNull()),
        .required("start", calendarTime.orNull().showing(nil)),
        .required("repeat", taskRepeat.orNull().showing(nil)),
        .required("priority", .priority),
        .required("tags", .array(of: .string("errand"))),
        .required("list", .string("Groceries").orNull().showing(nil).saying("The name of an existing list.")),
        .required("spans", spans), .required("suggestions", suggestions))

    static let spans = JSONSchema.array(
        of: .answer(nil, .required("field", .words(QuickAddField.allCases.map(\.rawValue))), start, end))

    static let suggestions = JSONSchema.array(
        of: .answer(
            nil, start, end, .required("text", .string("Friday")), .optional("due", calendarTime),
            .optional("repeat", taskRepeat), .optional("list", .string("Garden"))))

    fileprivate static let rrule = JSONSchema.string(1...RecurrenceRule.maximumLength, "FREQ=WEEKLY;BYDAY=MO,TH")
        .saying("RFC 5545, section 3.3.10.")

    static let taskRepeat = JSONSchema.answer(
        "Repeat",
        .required("rrule", .rrule),
        .required("from", .words(TaskRepeat.Anchor.allCases.map(\.rawValue))))

    /// A repeat in requests.
    static let repeatInput = JSONSchema.request(
        "RepeatInput",
        .required("rrule", .rrule),
        .optional("from", .words(TaskRepeat.Anchor.allCases.map(\.rawValue)).standardly("due")))

    private static let start = Property.required("start", .integer(0...100_000, 9).saying("In UTF-16 code units."))
    private static let end = Property.required("end", .integer(0...100_000, 17))
}
