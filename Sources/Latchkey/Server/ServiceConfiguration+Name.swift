import HTTPServer
import ServiceLifecycle

// The name is given: by default it is a description of all that the service refers to, secrets included, and makes the
// start twice as long.
extension ServiceGroupConfiguration.ServiceConfiguration {
    static func job(_ job: some Service) -> Self { .init(service: job, serviceName: "\(type(of: job))") }

    /// One whose end is the end of all.
    static func server(_ server: HTTPServer) -> Self {
        .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup, serviceName: "HTTPServer")
    }
}
