import HTTPServer
import Templating

/// The page that a browser's service worker shows when the server cannot be reached. It is the same for everyone; its
/// script shows the list that the browser has kept.
struct OfflinePage: Page {
    static let template = "pages/offline"

    var frame: PageFrame

    static let fields: [TemplateField<OfflinePage>] = [.model("page", \.frame)]

    static func addRoutes(to site: RouteGroup<AppContext>, _ pages: PageRenderer) {
        site.get("offline", summary: "What a browser keeps for when there is no connection") { _, context in
            try pages.response(OfflinePage(frame: try pages.frame(title: "No connection", csrfSubject: "")))
        }
    }
}
