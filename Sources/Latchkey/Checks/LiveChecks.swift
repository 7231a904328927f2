import HTTPClient
import JSON

/// The running server, asked as its clients and its operator ask it.
struct LiveChecks {
    let configuration: Configuration
    let isOffline: Bool

    func run(_ report: inout CheckReport) async {
        await checkServer(&report)
        if !isOffline { await checkPublicURL(&report) }
    }

    private func checkServer(_ report: inout CheckReport) async {
        var complaints: [String] = []
        let probes = ServerProbe.all(
            host: configuration.host, port: configuration.port, isHTTPS: configuration.tls != nil)
        for probe in probes {
            switch await probe.ask("/ready?verbose") {
            case .answer(200, let status):
                report.ok("server", "\(probe.address) is ready")
                return checkParts(status, &report)
            case .answer(let status, let answer):
                let problem =
                    answer.object("database")?.text("problem") ?? answer.text("detail") ?? "no reason was given"
                return report.fail("server", "\(probe.address) is not ready: \(problem) (\(status))")
            case .silence(let reason): complaints.append("Nothing answers at \(probe.address): \(reason).")
            }
        }
        report.fail("server", complaints.joined(separator: " ") + " Does the server run, with this HOST and PORT?")
    }

    private func checkParts(_ status: JSONObject, _ report: inout CheckReport) {
        if let mail = status.object("mail") {
            let (undeliverable, expired) = (mail.integer("undeliverable") ?? 0, mail.integer("expired") ?? 0)
            if let problem = mail.text("problem") {
                report.fail("mail queue", "Mail is held: \(problem) Try `latchkey mail test`.")
            } else if undeliverable > 0 || expired > 0 {
                report.warn(
                    "mail queue",
                    "\(undeliverable) could not be delivered, and \(expired) were too old when they could be. See `latchkey mail list`."
                )
            } else {
                report.ok("mail queue", "\(mail.integer("waiting") ?? 0) waiting")
            }
        }
        if let disk = status.object("disk"), disk.text("status") != "ok" {
            report.fail("server's disk", "The server finds it nearly full. Make room.")
        }
        if let backup = status.object("backup"), backup.text("status") == "failed" {
            report.fail("server's backups", backup.text("problem") ?? "The last one failed.")
        }
    }

    /// The way that browsers take: name, proxy and certificate included.
    private func checkPublicURL(_ report: inout CheckReport) async {
        guard let url = configuration.publicURL, !url.isLocal else { return }
        let address = url.text + "/health"
        do {
            let response = try await OutgoingHTTP(configuration.outgoing).send(address)
            guard response.status == 200, case .object(let body)? = try? JSONReader.read(response.body),
                body.text("status") == "ok"
            else {
                return report.warn(
                    "public address",
                    "\(address) does not lead to this program: it answered \(response.status). Look at the proxy.")
            }
            report.ok("public address", "\(url.text) leads here")
        } catch {
            report.warn(
                "public address",
                "\(error) Look at the name, the proxy and its certificate; from inside a network, some cannot be reached by their public name."
            )
        }
    }
}

extension JSONObject {
    fileprivate func object(_ name: String) -> JSONObject? {
        guard case .object(let object)? = self[name] else { return nil }
        return object
    }

    fileprivate func integer(_ name: String) -> Int64? {
        guard case .integer(let integer)? = self[name] else { return nil }
        return integer
    }
}
