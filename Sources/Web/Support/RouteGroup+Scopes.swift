import Domain
import HTTPServer

extension RouteGroup {
    /// The same routes, which admit API tokens with one scope to read and with another to change something.
    func admitting(toRead: TokenScope, toChange: TokenScope? = nil) -> RouteGroup<Context> {
        setting(\.scopes, to: .init(toRead: toRead.rawValue, toChange: toChange?.rawValue))
    }
}
