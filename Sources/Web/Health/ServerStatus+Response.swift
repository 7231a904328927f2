import HTTPServer
import JSON

extension ServerStatus {
    static let schema = JSONSchema.answer(
        nil, .required("status", .words("ready", "unavailable")),
        .optional(
            "database",
            .answer(
                nil, .required("status", .words("ok", "failed")), .optional("problem", problem),
                .optional("other_server", .boolean(true)))),
        .optional(
            "disk",
            .answer(
                nil, .required("status", .words("ok", "low")), .required("free_bytes", .integer(nil, 1 << 30)),
                .required("reserve_bytes", .integer(nil, 1 << 26)))),
        .optional(
            "mail",
            .answer(
                nil, .required("status", .words("ok", "held")), .optional("problem", problem),
                .optional("since", .string(format: "date-time", "2026-01-31T12:00:00.000Z")),
                .required("waiting", .integer(nil, 0)), .required("undeliverable", .integer(nil, 0)),
                .required("expired", .integer(nil, 0)))),
        .optional(
            "backup",
            .answer(
                nil, .required("status", .words("ok", "late", "failed", "none")), .optional("problem", problem),
                .optional("last_at", .string(format: "date-time", "2026-01-31T02:30:00.000Z")),
                .optional("age_seconds", .integer(nil, 45_000)))))

    private static let problem = JSONSchema.string("A sentence.")

    /// 503 only where requests fail: neither mail that waits nor a missing backup is a reason to take the server out of
    /// service.
    var response: Response {
        .json(problem == nil ? .ok : .serviceUnavailable) { json in
            json.object { json in
                json.member("status", problem == nil ? "ready" : "unavailable")
                json.name("database")
                json.object { json in
                    json.member("status", problem == nil ? "ok" : "failed")
                    if let problem { json.member("problem", problem) }
                    if hasOtherServer { json.member("other_server", true) }
                }
                if let disk {
                    json.name("disk")
                    json.object { json in
                        json.member("status", disk.free > disk.reserve ? "ok" : "low")
                        json.member("free_bytes", disk.free)
                        json.member("reserve_bytes", disk.reserve)
                    }
                }
                if let mail {
                    json.name("mail")
                    json.object { json in
                        json.member("status", mail.problem == nil ? "ok" : "held")
                        if let problem = mail.problem {
                            json.member("problem", problem.reason)
                            json.member("since", problem.since.rfc3339)
                        }
                        json.member("waiting", Int64(mail.waiting))
                        json.member("undeliverable", Int64(mail.undeliverable))
                        json.member("expired", Int64(mail.expired))
                    }
                }
                if let backup {
                    json.name("backup")
                    json.object { json in
                        json.member("status", backup.state.rawValue)
                        if let problem = backup.problem { json.member("problem", problem) }
                        if let lastAt = backup.lastAt { json.member("last_at", lastAt.rfc3339) }
                        if let age = backup.age { json.member("age_seconds", age) }
                    }
                }
            }
        }
    }
}
