import Auth
import Calendar
import Domain
import HTTPServer

/// The state of the server, its backups and its settings, for admins.
struct ServerHandlers: Sendable {
    let server: ServerFacts
    let status: (@Sendable () async -> ServerStatus)?
    let zones: TimeZoneDatabase
    let pages: PageRenderer

    func addRoutes(to site: RouteGroup<AdminContext>) {
        site.get("admin", summary: "The state of the server", use: show)
        site.get("admin/settings", summary: "The settings in force", use: showSettings)
    }

    @Sendable private func show(_ request: Request, _ context: AdminContext) async throws -> Response {
        let dates = DateFormat(context.user.locale, zones)
        let backups: [BackupFile]
        var problem: String?
        do { backups = try await server.backups() } catch { (backups, problem) = ([], "\(error)") }
        return try pages.response(
            ServerPage(
                frame: try pages.frame(title: "Server", for: context.user, csrfSubject: context.csrfSubject),
                version: server.version, status: await status?(),
                backups: backups.map { .init(file: $0, dates: dates) }, backupsProblem: problem,
                trends: ServerTrends(await server.samples(), in: dates), dates: dates))
    }

    @Sendable private func showSettings(_ request: Request, _ context: AdminContext) async throws -> Response {
        try pages.response(
            SettingsPage(
                frame: try pages.frame(title: "Settings", for: context.user, csrfSubject: context.csrfSubject),
                rows: server.settings.map(SettingsPage.Row.init)))
    }
}
