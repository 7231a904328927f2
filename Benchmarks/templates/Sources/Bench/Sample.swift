/// The page that all renderers make: a list of 25 tasks.
enum Sample {
    static let page = ListPage(
        frame: .init(
            title: "Tasks", stylesheet: "/static/0123456789abcdef/app.css", script: "/static/0123456789abcdef/app.js",
            icon: "/static/0123456789abcdef/icon.svg", userName: "Test User",
            formToken: "Zm9ybS10b2tlbi1vZi1mb3J0eS10aHJlZS1jaGFyYWN0ZXJz"),
        filters: [
            .init(label: "All", url: "/dashboard", isCurrent: true),
            .init(label: "Open", url: "/dashboard?show=open", isCurrent: false),
            .init(label: "Done", url: "/dashboard?show=done", isCurrent: false),
        ],
        tasks: (1...25).map(task), here: "/dashboard", emptyHeading: "Nothing to do yet",
        emptyAdvice: "Write your first task into the field above and press Add.")

    private static func task(_ number: Int) -> ListPage.Row {
        let digits = number < 10 ? "0\(number)" : "\(number)"
        let id = "01a1b2c3-d4e5-7f60-8a9b-0000000000\(digits)"
        let isCompleted = number.isMultiple(of: 5)
        return ListPage.Row(
            id: id, title: "Buy milk & bread, number \(number)",
            description: number.isMultiple(of: 2) ? "2 l, \"fresh\", and <not> too cold" : nil,
            isCompleted: isCompleted, when: "\(isCompleted ? "Done" : "Added") \(number) Nov 2026",
            whenMachine: "2026-11-\(digits)T09:30:00.000Z", editURL: "/dashboard?edit=\(id)")
    }

    /// The same values for renderers that read dictionaries.
    static func dictionary() -> [String: Any] {
        [
            "page": [
                "title": page.frame.title, "stylesheet": page.frame.stylesheet, "script": page.frame.script,
                "icon": page.frame.icon, "user_name": "Test User", "form_token": page.frame.formToken,
            ],
            // An empty text is true to swift-mustache, so what is empty is left out.
            "draft": ["title": [:] as [String: Any], "description": [:] as [String: Any]] as [String: Any],
            "filters": page.filters.map {
                ["label": $0.label, "url": $0.url, "is_current": $0.isCurrent] as [String: Any]
            },
            "has_tasks": true,
            "has_pages": false,
            "tasks": page.tasks.map { row -> [String: Any] in
                var task: [String: Any] = [
                    "id": row.id, "title": row.title, "is_completed": row.isCompleted, "when": row.when,
                    "when_machine": row.whenMachine, "edit_url": row.editURL,
                ]
                if let description = row.description { task["description"] = description }
                return task
            },
            "here": page.here,
            "empty_heading": page.emptyHeading,
            "empty_advice": page.emptyAdvice,
        ]
    }
}
