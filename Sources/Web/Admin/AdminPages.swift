import Auth
import HTTPServer

/// All pages for admins.
struct AdminPages: Sendable {
    private let gate: AdminGate
    private let proof: AdminProof
    private let server: ServerHandlers
    private let people: PeopleHandlers
    private let invitations: InvitationsHandlers
    private let trail: TrailHandlers
    private let mail: AdminMailHandlers

    private static let maximumBodySize = 16 * 1024

    init(_ parts: SiteServices, pages: PageRenderer) {
        let (admin, zones) = (parts.admin, parts.zones)
        gate = AdminGate(sessions: parts.sessions)
        proof = AdminProof(proof: parts.proof, pages: pages)
        server = ServerHandlers(server: admin.server, status: parts.status, zones: zones, pages: pages)
        people = PeopleHandlers(
            administration: admin.administration, audit: parts.audit, proof: proof, zones: zones,
            ownOrigin: parts.configuration.ownOrigin, pages: pages)
        invitations = InvitationsHandlers(
            invitations: parts.invitations, administration: admin.administration, proof: proof, zones: zones,
            now: parts.now, ownOrigin: parts.configuration.ownOrigin, pages: pages)
        trail = TrailHandlers(
            trail: admin.trail, verification: admin.verification, administration: admin.administration, zones: zones,
            pages: pages)
        mail = AdminMailHandlers(
            outbox: admin.outbox, signal: admin.mailSignal, hasMail: parts.configuration.hasMail, proof: proof,
            zones: zones, now: parts.now, pages: pages)
    }

    /// - Parameters:
    ///   - identified: the pages whose visitors are identified.
    ///   - protection: what forms pass through, after it is known that an admin has sent them.
    func addRoutes(
        to identified: RouteGroup<AppContext>, _ keeping: FormKeeping, _ protection: FormProtection
    ) {
        let site = identified.group("", gate, keeping, protection).group(context: SignedInPageContext.self)
            .group(context: AdminContext.self).limitingBodies(to: Self.maximumBodySize)
        server.addRoutes(to: site)
        people.addRoutes(to: site)
        invitations.addRoutes(to: site)
        trail.addRoutes(to: site)
        mail.addRoutes(to: site)
        proof.addRoutes(to: site)
    }
}
