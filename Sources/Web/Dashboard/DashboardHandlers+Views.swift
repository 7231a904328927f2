import Domain
import HTTPServer

// The forms for saved views.
extension DashboardHandlers {
    /// Saves the part of the list that the form was on.
    @Sendable func saveView(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let (fields, url) = try Self.form(request)
        let form = ListForm(fields)
        do {
            guard url.first.canBeSaved else { throw HTTPError(.badRequest, "This part of the list has its own place.") }
            let query = url.first.parameters.urlEncoded
            guard query.utf8.count <= SavedView.maximumQueryLength else {
                throw AppError.invalid([FieldIssue("query", "What is searched for is too long to be saved.", .tooLong)])
            }
            let outcome = try await lists.createView(
                try ItemName(form.name.value), query: query, for: context.user.taskOwner, once: nil)
            return .seeOther(url.first.with { ($0.notice, $0.undo) = (.viewSaved, outcome.undo) }.text)
        } catch let error as AppError {
            guard let refusal = FormRefusal(error, request) else { throw error }
            var page = try await page(at: url, context)
            page.newView = form
            page.newView?.name.error = refusal.sentence
            return try refusal.response(page, pages)
        }
    }

    @Sendable func deleteView(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let (_, url) = try Self.form(request)
        guard let id = ViewID(untrusted: context.parameters["view_id"]) else { throw ListService.noSuchView }
        let written = try await lists.delete(id, for: context.user.taskOwner, if: nil)
        return .seeOther(url.with { ($0.notice, $0.undo) = (.viewDeleted, written.undo) }.text)
    }
}
