import Domain
import HTTPServer

/// A rejection that a form of the list can explain.
struct FormRefusal {
    let issues: [FieldIssue]
    private let problem: Problem

    init?(_ error: AppError, _ request: Request) {
        problem = Problem(error, requestID: request.id)
        switch error {
        case .invalid(let issues): self.issues = issues
        case .quotaExceeded, .writesTooFast: issues = [FieldIssue("title", problem.detail, .wrongValue)]
        default: return nil
        }
    }

    /// All of it in one sentence.
    var sentence: String { issues.first?.message ?? problem.detail }

    func response(_ page: DashboardPage, _ pages: PageRenderer) throws -> Response {
        try pages.response(page, for: problem)
    }
}
