import Foundation
import HTTPServer
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Workers

/// Starts a real server on a free port, runs `work` with that port, and stops the server gracefully.
func withServer(
    _ configuration: ServerConfiguration = .forTests,
    tls: TLSIdentity? = nil, accessLog: AccessLog? = nil, meter: ServerMeter? = nil,
    match: @escaping RouteLookup = { _, _ in RouteMatch() },
    refusalHeaders: @escaping RefusalHeaders = { _ in [:] }, respond: @escaping Responder = echo,
    _ work: @escaping @Sendable (Int) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let (ports, continuation) = AsyncStream<Int>.makeStream()
    let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = HTTPServer(
        configuration, group: group, tls: tls, logger: quiet, accessLog: accessLog, meter: meter,
        onListening: { continuation.yield($0.port ?? 0) }, match: match, refusalHeaders: refusalHeaders,
        respond: respond)
    let services = ServiceGroup(
        configuration: .init(
            services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)], logger: quiet))
    async let running: Void = services.run()
    var iterator = ports.makeAsyncIterator()
    let port = await iterator.next() ?? 0
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await work(port)) } catch { outcome = .failure(error) }
    await services.triggerGracefulShutdown()
    try await running
    try await group.shutdownGracefully()
    try outcome.get()
}

extension ServerConfiguration {
    /// Any free port of this machine alone.
    static var forTests: ServerConfiguration { ServerConfiguration(host: "127.0.0.1", port: 0) }
}

/// Answers with what it was asked.
let echo: Responder = { request in
    Response(
        status: .ok, contentType: "text/plain",
        bytes: Array("\(request.method.rawValue) \(request.uri) ".utf8) + Array(request.body.readableBytesView))
}

/// Runs what waits for sockets on a thread of its own, so that tests don't take the pool's threads away.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        do {
            _ = try WorkerThread { continuation.resume(with: Result { try work() }) }
        } catch {
            continuation.resume(throwing: error)
        }
    }
}

func waitUntil(_ condition: @Sendable () -> Bool) async throws {
    for _ in 0..<1000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
    #expect(condition())
}

func curl(_ arguments: [String]) throws -> (status: Int32, output: Data) {
    try runCommand(["curl", "-s", "-m", "20"] + arguments)
}
