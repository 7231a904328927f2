import Auth
import Basics
import Domain
import Glibc
import HTTPClient
import HTTPServer
import Mail

/// The port, the certificate, and the other servers that are needed.
struct NetworkChecks {
    let configuration: Configuration
    let isLive: Bool
    /// True to ask no other machine.
    let isOffline: Bool

    func run(_ report: inout CheckReport) async {
        if !isLive { await checkPort(&report) }
        checkExposure(&report)
        await checkCertificate(&report)
        guard !isOffline else { return }
        if let url = configuration.publicURL, !url.isLocal { checkName(url.host, Settings.publicURL.name, &report) }
        await checkMail(&report)
        await checkIssuers(&report)
    }

    private func checkPort(_ report: inout CheckReport) async {
        let (host, port) = (configuration.host, configuration.port)
        guard port != 0 else { return report.ok("port", "any that is free") }
        do {
            try await Listener(host: host, port: port).tryOut()
            report.ok("port", "\(port) of \(host) is free")
        } catch {
            let probes = ServerProbe.all(host: host, port: port, isHTTPS: configuration.tls != nil)
            for probe in probes {
                guard case .answer(200, let body) = await probe.ask("/health"), body.text("status") == "ok" else {
                    continue
                }
                return report.warn(
                    "port", "A server answers at \(probe.address). If it is this one, check it with --live.")
            }
            report.fail("port", "\(error)")
        }
    }

    /// Behind a proxy on this machine, the port should be open to that alone.
    private func checkExposure(_ report: inout CheckReport) {
        guard configuration.isProduction, !IPAddress.isLoopback(host: configuration.host), configuration.tls == nil,
            configuration.trustedProxies.isEmpty
        else { return }
        report.warn(
            "proxy",
            "\(Settings.host.name) is '\(configuration.host)', without TLS, and no proxy is trusted: all clients seem to come from the proxy's address. Set \(Settings.trustedProxies.name) to it; on this machine, set \(Settings.host.name)=localhost as well."
        )
    }

    private func checkCertificate(_ report: inout CheckReport) async {
        guard let files = configuration.tls else { return }
        do {
            let expiry = try TLSIdentity(files).expiry
            let days = (expiry.seconds - Timestamp.now().seconds) / 86_400
            let text = "\(files.certificate) is valid until \(expiry.rfc3339)"
            if days < 21 {
                report.warn("certificate", "\(text), \(days) days from now. See that it is renewed.")
            } else {
                report.ok("certificate", text)
            }
        } catch {
            report.fail("certificate", "\(error)")
        }
    }

    private func checkName(_ host: String, _ setting: String, _ report: inout CheckReport) {
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, nil, &found)
        defer { if let found { freeaddrinfo(found) } }
        if code == 0 {
            report.ok("name", "\(host) has an address")
        } else {
            report.warn(
                "name", "\(setting): \(host) has no address (\(String(cString: gai_strerror(code)))). Look at its DNS.")
        }
    }

    private func checkMail(_ report: inout CheckReport) async {
        guard case .server(let server) = configuration.mail.way, let from = configuration.mail.from else { return }
        await report.attempt("mail") {
            try configuration.checkOutgoing()
            let origin = configuration.publicURL?.text ?? "http://localhost"
            let attempt = await configuration.smtpClient(server, ownOrigin: { origin }, replyLimit: .seconds(10))
                .tryOut(from)
            guard case .sent = attempt.outcome else {
                let reply = "\(attempt.outcome.reply)"
                let end = reply.hasSuffix(".") ? "" : "."
                throw CommandFailure(
                    "No mail can be sent: \(reply)\(end) See what is said with `latchkey mail test`.")
            }
            return "\(server.shown) takes mail\(server.user == nil ? "" : ", and the password")"
        }
    }

    private func checkIssuers(_ report: inout CheckReport) async {
        let fetcher = HTTPFetcher(OutgoingHTTP(configuration.outgoing))
        for issuer in configuration.issuers {
            await report.attempt("issuer") {
                try configuration.checkOutgoing()
                return "\(issuer.name) has its keys at \(try await issuer.probe(fetcher))"
            }
        }
    }
}
