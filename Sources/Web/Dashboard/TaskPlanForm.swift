import Basics
import Calendar
import Domain
import Templating

/// The fields of a task's form for its due date, start and priority.
struct TaskPlanForm: TemplateModel {
    /// A date or a time in three fields, as browsers have no field for one with a zone.
    struct Moment: TemplateModel {
        var date = ""
        var time = ""
        /// Hidden: the zone of the time, or the one that a new time gets; empty for a floating time.
        var zone = ""
        var error: String?
        /// False if the form has no such fields.
        var isSubmitted = true

        static let fields: [TemplateField<Moment>] = [
            .text("date") { $0.date },
            .text("time") { $0.time },
            .text("zone") { $0.zone },
            .optionalText("error") { $0.error },
        ]

        init() {}

        /// - Parameter newZone: the zone of a time that is entered.
        init(_ time: CalendarTime?, newZone: String) {
            date = time?.date.text ?? ""
            self.time = time?.local.map { LocalDateTime.clock($0.secondOfDay) } ?? ""
            zone = time?.local == nil ? newZone : time?.zone ?? ""
        }

        init(input: (String) -> String?, _ name: String) {
            isSubmitted = input(name + "_date") != nil
            date = input(name + "_date") ?? ""
            time = input(name + "_time") ?? ""
            zone = input(name + "_zone") ?? ""
        }

        /// - Throws: `AppError.invalid` with a sentence for the person who filled the fields in.
        func value(_ field: String, in zones: TimeZoneDatabase) throws(AppError) -> CalendarTime? {
            guard !date.isEmpty else {
                guard time.isEmpty else { throw Self.issue(field, "Enter the day as well.") }
                return nil
            }
            guard let day = CalendarDate(date) else { throw Self.issue(field, "Enter a day that exists.") }
            guard !time.isEmpty else { return .day(day) }
            guard let second = LocalDateTime.secondOfDay(time) else {
                throw Self.issue(field, "Enter a time of the day, such as 17:00.")
            }
            let local = LocalDateTime(day, secondOfDay: second)
            return zones.rules(zone) == nil ? .floating(local) : .zoned(local, zone: zone)
        }

        private static func issue(_ field: String, _ sentence: String) -> AppError {
            .invalid([FieldIssue(field, sentence, .wrongValue)])
        }
    }

    var due = Moment()
    var start = Moment()
    /// Empty for none; nil if the form has no such field.
    var priority: String? = ""

    static let fields: [TemplateField<TaskPlanForm>] = [
        .model("due", \.due),
        .model("start", \.start),
        .list("priorities") { $0.priorities },
    ]

    /// An empty form.
    /// - Parameter zone: the zone of times that are entered; empty for floating ones.
    init(zone: String = "") { (due.zone, start.zone) = (zone, zone) }

    /// True if any of the fields is filled in.
    var isUsed: Bool { [due.date, due.time, start.date, start.time, priority ?? ""].contains { !$0.isEmpty } }

    var hasErrors: Bool { due.error != nil || start.error != nil }

    init(_ content: TaskContent, newZone: String) {
        due = Moment(content.due, newZone: newZone)
        start = Moment(content.start, newZone: newZone)
        priority = Self.value(of: content.priority)
    }

    /// - Parameter input: the text that was typed into the field of this name.
    init(input: (String) -> String?) {
        due = Moment(input: input, "due")
        start = Moment(input: input, "start")
        priority = input("priority")
    }

    mutating func show(_ issues: [FieldIssue]) {
        due.error = issues.message(for: "due")
        start.error = issues.message(for: "start")
    }

    /// Writes the fields of the form into changes of a task, and notes their issues.
    func read(into changes: inout TaskChanges, _ issues: inout FieldIssues, in zones: TimeZoneDatabase) throws {
        if due.isSubmitted { changes.due = try issues.check { Patch(try due.value("due", in: zones)) } ?? .keep }
        if start.isSubmitted {
            changes.start = try issues.check { Patch(try start.value("start", in: zones)) } ?? .keep
        }
        if let priority { changes.priority = TaskPriority(rawValue: priority) ?? TaskPriority.none }
    }

    private var priorities: [FormChoice] {
        TaskPriority.allCases.map { level in
            let value = Self.value(of: level)
            return FormChoice(value: value, label: level.rawValue.withInitialCapital, isChosen: value == priority)
        }
    }

    /// Empty for none, so that a form with nothing in it is empty.
    private static func value(of priority: TaskPriority) -> String { priority == .none ? "" : priority.rawValue }
}
