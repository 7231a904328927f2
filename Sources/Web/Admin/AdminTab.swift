import Templating

/// A part of the admin's pages, in the navigation of all of them.
struct AdminTab: TemplateModel {
    let part: AdminPart
    let isCurrent: Bool

    static let fields: [TemplateField<AdminTab>] = [
        .text("path") { $0.part.path },
        .text("label") { $0.part.rawValue },
        .flag("is_current") { $0.isCurrent },
    ]

    static func tabs(at current: AdminPart) -> [AdminTab] {
        AdminPart.allCases.map { AdminTab(part: $0, isCurrent: $0 == current) }
    }
}
