import NIOHTTP1

/// Part of the site: a path prefix, the middleware that its routes pass through, and the context of their handlers.
///
///     let api = site.group("api", AuthenticationMiddleware(accounts))
///     api.group(context: SignedInContext.self).get("tasks", summary: "List tasks", use: tasks.list)
package struct RouteGroup<Context: RequestContext> {
    private let table: RouteTable
    private let prefix: String
    /// Turns a handler of this group into one that the router can call.
    private let erase: (@escaping Handler<Context>) -> RouteTable.ErasedHandler
    private let contexts: [Any.Type]
    private let attributes: RouteAttributes

    init(
        table: RouteTable, prefix: String, contexts: [Any.Type], attributes: RouteAttributes = RouteAttributes(),
        erase: @escaping (@escaping Handler<Context>) -> RouteTable.ErasedHandler
    ) {
        self.table = table
        self.prefix = prefix
        self.contexts = contexts
        self.attributes = attributes
        self.erase = erase
    }

    /// The same routes with another value of one attribute.
    package func setting<Value>(_ attribute: WritableKeyPath<RouteAttributes, Value>, to value: Value)
        -> RouteGroup<Context>
    {
        var attributes = self.attributes
        attributes[keyPath: attribute] = value
        return RouteGroup(table: table, prefix: prefix, contexts: contexts, attributes: attributes, erase: erase)
    }

    /// The same routes with a limit on the body: a larger one is refused by its length, before it is read.
    package func limitingBodies(to bytes: Int) -> RouteGroup<Context> { setting(\.maximumBodySize, to: bytes) }

    /// The routes below `path`, passing through `middleware` in the order given.
    package func group(_ path: String = "", _ middleware: any Middleware<Context>...) -> RouteGroup<Context> {
        group(path, attributes, middleware)
    }

    /// The routes below `path` as an area of their own: requests there that match no route have the same error format
    /// and the same cross-origin access.
    package func area(
        _ path: String, errors: RouteAttributes.ErrorShape, crossOrigin: RouteAttributes.CrossOriginAccess,
        plainHTTP: RouteAttributes.PlainHTTP, _ middleware: any Middleware<Context>...
    ) -> RouteGroup<Context> {
        var attributes = self.attributes
        attributes.errors = errors
        attributes.crossOrigin = crossOrigin
        attributes.plainHTTP = plainHTTP
        table.setDefaults(attributes, below: prefix + Self.slashed(path))
        return group(path, attributes, middleware)
    }

    private func group(
        _ path: String, _ attributes: RouteAttributes, _ middleware: [any Middleware<Context>]
    ) -> RouteGroup<Context> {
        let erase = self.erase
        return RouteGroup(
            table: table, prefix: prefix + Self.slashed(path), contexts: contexts, attributes: attributes
        ) { handler in
            erase(compose(middleware, around: handler))
        }
    }

    /// The routes that need another context; a request for which it can't be made doesn't reach them.
    package func group<Child: ChildRequestContext>(context: Child.Type) -> RouteGroup<Child>
    where Child.Parent == Context {
        let erase = self.erase
        return RouteGroup<Child>(
            table: table, prefix: prefix, contexts: contexts + [Child.self], attributes: attributes
        ) { handler in
            erase { request, parent in
                try await handler(request, try await Child(parent: parent, request: request))
            }
        }
    }

    // MARK: Routes, with their input and output for the documentation of the API

    package func get(
        _ path: String = "", summary: String, _ description: (any RouteDescription)? = nil,
        use handler: @escaping Handler<Context>
    ) { add(.GET, path, summary, description, handler) }

    package func post(
        _ path: String = "", summary: String, _ description: (any RouteDescription)? = nil,
        use handler: @escaping Handler<Context>
    ) { add(.POST, path, summary, description, handler) }

    package func put(
        _ path: String = "", summary: String, _ description: (any RouteDescription)? = nil,
        use handler: @escaping Handler<Context>
    ) { add(.PUT, path, summary, description, handler) }

    package func patch(
        _ path: String = "", summary: String, _ description: (any RouteDescription)? = nil,
        use handler: @escaping Handler<Context>
    ) { add(.PATCH, path, summary, description, handler) }

    package func delete(
        _ path: String = "", summary: String, _ description: (any RouteDescription)? = nil,
        use handler: @escaping Handler<Context>
    ) { add(.DELETE, path, summary, description, handler) }

    private func add(
        _ method: HTTPMethod, _ path: String, _ summary: String, _ description: (any RouteDescription)?,
        _ handler: @escaping Handler<Context>
    ) {
        table.add(
            Route(
                method: method, path: prefix + Self.slashed(path), summary: summary, contexts: contexts,
                description: description, attributes: attributes),
            erase(handler))
    }

    private static func slashed(_ path: String) -> String { path.isEmpty || path.hasPrefix("/") ? path : "/" + path }
}

func compose<Context>(
    _ middleware: [any Middleware<Context>], around handler: @escaping Handler<Context>
) -> Handler<Context> {
    middleware.reversed().reduce(handler) { next, layer in
        { request, context in try await layer.handle(request, context: context, next: next) }
    }
}
