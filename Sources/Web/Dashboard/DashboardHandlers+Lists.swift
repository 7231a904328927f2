import Domain
import HTTPServer
import NIOHTTP1

// The forms for lists.
extension DashboardHandlers {
    @Sendable func addList(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let fields = try request.form()
        let form = ListForm(fields)
        do {
            let name = try ItemName(form.name.value)
            var color = form.color
            if color == nil { color = .next(after: try await lists.lists(of: context.user.id).map(\.color)) }
            let outcome = try await lists.create(
                name, color: color ?? .gray, for: context.user.taskOwner, once: nil)
            guard case .done(let written) = outcome else { throw ListService.noSuchList }
            return .seeOther(
                DashboardURL().with {
                    ($0.list, $0.notice, $0.undo) = (written.value.id.rawValue, .listSaved, written.undo)
                }.text)
        } catch let error as AppError {
            guard let refusal = FormRefusal(error, request) else { throw error }
            var page = try await page(at: DashboardURL(returning: fields["here"]), context)
            page.newList = form
            page.newList.name.error = refusal.sentence
            return try refusal.response(page, pages)
        }
    }

    @Sendable func saveList(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let fields = try request.form()
        var form = ListForm(fields)
        form.id = context.parameters["list_id"]
        guard let id = ListID(untrusted: form.id) else { throw ListService.noSuchList }
        let url = DashboardURL().with { $0.list = id.rawValue }
        do {
            var changes = ListChanges()
            (changes.name, changes.color) = (try ItemName(form.name.value), form.color)
            let written = try await lists.update(id, with: changes, for: context.user.taskOwner, if: nil)
            return .seeOther(url.with { ($0.notice, $0.undo) = (.listSaved, written.undo) }.text)
        } catch let error as AppError {
            guard let refusal = FormRefusal(error, request) else { throw error }
            var page = try await page(at: url, context)
            page.list = form
            page.list?.name.error = refusal.sentence
            return try refusal.response(page, pages)
        }
    }

    @Sendable func deleteList(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        guard let id = ListID(untrusted: context.parameters["list_id"]) else { throw ListService.noSuchList }
        let written = try await lists.delete(id, for: context.user.taskOwner, if: nil)
        return .seeOther(DashboardURL().with { ($0.notice, $0.undo) = (.listDeleted, written.undo) }.text)
    }
}
