package typealias Handler<Context> = @Sendable (Request, Context) async throws -> Response
