import Basics
import Domain

/// The page that all renderers make: a dashboard with 20 tasks.
enum Sample {
    static let frame = PageFrame(
        title: "Tasks", stylesheet: "/static/0123456789abcdef/app.css", script: "/static/0123456789abcdef/app.js",
        icon: "/static/0123456789abcdef/icon.svg", userName: "Test User",
        formToken: "Zm9ybS10b2tlbi1vZi1mb3J0eS10aHJlZS1jaGFyYWN0ZXJz")

    static let tasks: [TaskItem] = (1...20).map { number in
        let created = Timestamp(milliseconds: 1_795_000_000_000 + Int64(number) * 3_600_000)
        let digits = number < 10 ? "0\(number)" : "\(number)"
        return TaskItem(
            id: TaskID(rawValue: "01a1b2c3-d4e5-7f60-8a9b-0000000000\(digits)"), ownerID: UserID(rawValue: "bench"),
            content: TaskContent(
                title: TaskTitle(stored: "Buy milk & bread, number \(number)"),
                description: number.isMultiple(of: 2)
                    ? TaskText(stored: "2 l, \"fresh\", and <not> too cold") : nil),
            completedAt: number.isMultiple(of: 5) ? created.adding(seconds: 600) : nil, createdAt: created,
            updatedAt: created)
    }

    static let page = DashboardPage(
        frame: frame,
        filters: [
            .init(label: "All", url: "/dashboard", isCurrent: true),
            .init(label: "Open", url: "/dashboard?show=open", isCurrent: false),
            .init(label: "Done", url: "/dashboard?show=done", isCurrent: false),
        ],
        tasks: tasks.map { .init(task: $0, editURL: "/dashboard?edit=\($0.id)") }, here: "/dashboard",
        emptyHeading: "Nothing to do yet", emptyAdvice: "Write your first task into the field above and press Add.")

    /// The same values for renderers that read dictionaries, with the dates already written out.
    static func dictionary() -> [String: Any] {
        [
            "page": [
                "title": frame.title, "stylesheet": frame.stylesheet, "script": frame.script, "icon": frame.icon,
                "user_name": "Test User", "form_token": frame.formToken,
            ],
            // An empty text is true to swift-mustache, so what is empty is left out.
            "draft": ["title": [:] as [String: Any], "description": [:] as [String: Any]] as [String: Any],
            "filters": page.filters.map {
                ["label": $0.label, "url": $0.url, "is_current": $0.isCurrent] as [String: Any]
            },
            "has_tasks": true,
            "has_pages": false,
            "tasks": page.tasks.map { row -> [String: Any] in
                let time = row.task.completedAt ?? row.task.createdAt
                var task: [String: Any] = [
                    "id": row.task.id.rawValue, "title": row.task.content.title.text,
                    "is_completed": row.task.isCompleted,
                    "when": (row.task.isCompleted ? "Done " : "Added ") + time.shortDate, "when_machine": time.rfc3339,
                    "edit_url": row.editURL,
                ]
                if let description = row.task.content.description?.text { task["description"] = description }
                return task
            },
            "here": page.here,
            "empty_heading": page.emptyHeading,
            "empty_advice": page.emptyAdvice,
        ]
    }
}
