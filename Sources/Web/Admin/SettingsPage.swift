import Templating

/// The settings in force, for an admin. They are set where the server is started, so that there is one source of them.
struct SettingsPage: Page {
    static let template = "pages/admin-settings"

    var frame: PageFrame
    let tabs = AdminTab.tabs(at: .settings)
    let rows: [Row]

    static let fields: [TemplateField<SettingsPage>] = [
        .model("page", \.frame),
        .list("tabs") { $0.tabs },
        .list("rows") { $0.rows },
    ]

    struct Row: TemplateModel {
        let setting: ShownSetting

        static let fields: [TemplateField<Row>] = [
            .text("name") { $0.setting.name },
            .text("value") { $0.setting.text ?? "Set, and not shown" },
            .text("source") { $0.setting.source.map { "from \($0)" } ?? "default" },
        ]
    }
}
