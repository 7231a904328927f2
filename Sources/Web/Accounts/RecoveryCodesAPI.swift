import Auth
import Basics
import Domain
import HTTPServer
import JSON

/// Recovery codes, and a new password that waits for them, for clients that have signed in: no API token opens these.
struct RecoveryCodesAPI: Sendable {
    let codes: RecoveryCodeService

    func addRoutes(to group: RouteGroup<SessionContext>) {
        group.get("recovery-codes", summary: "Count the recovery codes", Self.reading, use: read)
        group.post("recovery-codes", summary: "Make recovery codes", Self.making, use: make)
        group.delete("recovery-codes", summary: "Remove the recovery codes", Self.removing, use: remove)
        group.delete("waiting-reset", summary: "Stop a new password that waits", Self.stopping, use: stop)
    }

    @Sendable private func read(_ request: Request, _ context: SessionContext) async throws -> Response {
        let left = try await codes.left(of: context.user)
        let reset = try await codes.waitingReset(of: context.user)
        return .json(.ok) {
            $0.object {
                $0.member("left", Int64(left))
                $0.name("waiting_reset")
                guard let reset else { return $0.null() }
                $0.object {
                    $0.member("requested_at", reset.requestedAt)
                    $0.member("ready_at", reset.readyAt)
                    $0.member("expires_at", reset.expiresAt)
                }
            }
        }
    }

    @Sendable private func make(_ request: Request, _ context: SessionContext) async throws -> Response {
        var body = try JSONBody(request, isOptional: true)
        let (password, code) = (body.optionalString("password"), body.optionalString("code"))
        try body.finish()
        let new = try await codes.make(
            for: context.user, in: context.session, proving: password.map(ProofCredential.password), code: code ?? "",
            from: Client(request))
        return .json(.created) {
            $0.object {
                $0.name("recovery_codes")
                $0.array { for code in new { $0.string(code) } }
            }
        }
    }

    @Sendable private func remove(_ request: Request, _ context: SessionContext) async throws -> Response {
        var body = try JSONBody(request, isOptional: true)
        let password = body.optionalString("password")
        try body.finish()
        let isRemoved = try await codes.remove(
            of: context.user, in: context.session, proving: password.map(ProofCredential.password),
            from: Client(request))
        guard isRemoved else { throw Self.noCodes }
        return Response(status: .noContent, headers: ["cache-control": "no-store"])
    }

    @Sendable private func stop(_ request: Request, _ context: SessionContext) async throws -> Response {
        guard try await codes.stopReset(of: context.user, from: Client(request)) else { throw Self.noReset }
        return Response(status: .noContent, headers: ["cache-control": "no-store"])
    }
}

// Requests and responses of the handlers above.
extension RecoveryCodesAPI {
    private static let noCodes = AppError.notFound("There are no recovery codes.")
    private static let noReset = AppError.notFound("No new password waits.")
    private static let password = JSONSchema.text("a long password").orNull()

    private static let reading = Operation(
        "readRecoveryCodes", .accounts, "What the codes are is told once, when they are made.",
        answers: [
            .json(
                .ok, "How many there are, and what waits.",
                .answer(
                    "RecoveryCodes",
                    .required("left", .integer(0...Int64.max, 10).saying("How many were not used.")),
                    .required(
                        "waiting_reset",
                        .answer(
                            "WaitingReset",
                            .required("requested_at", .time),
                            .required("ready_at", .time.saying("From then on the two codes set a new password.")),
                            .required("expires_at", .time.saying("Until then."))
                        ).orNull())))
        ])

    private static let making = Operation(
        "makeRecoveryCodes", .accounts,
        "Takes a sign-in of the last ten minutes, or the password; with a second factor, a code of it as well. The codes "
            + "from before are void.",
        body: .optionalJSON(
            .request(
                "RecoveryCodesProof",
                .optional("password", password),
                .optional("code", .text("123456").orNull().saying("Of the second factor, if there is one.")))),
        answers: [
            .json(
                .created, "The codes. They are not told again.",
                .answer(
                    "NewRecoveryCodes",
                    .required(
                        "recovery_codes",
                        .array(of: .string(pattern: "^[0-9a-z]{5}-[0-9a-z]{5}$", "k7m2p-9x4qd"))))),
            .problem(.unauthorized, [AppError.badCredentials, AppError.wrongSecondFactor, AppError.signInExpired]),
            .problem(.forbidden, [AppError.proofRequired]),
            .invalid(FieldIssue("code", "Type the six digits that the app shows, or a recovery code.", .wrongValue)),
            .throttled, .overloaded,
        ]
    ).warning("The recovery codes that you have do not work any more.")

    private static let removing = Operation(
        "removeRecoveryCodes", .accounts,
        "For an account without a second factor, which has its codes as long as it is on. Takes a sign-in of the last ten "
            + "minutes, or the password.",
        body: .optionalJSON(.request("RecoveryCodesRemoval", .optional("password", password))),
        answers: [
            .empty(.noContent, "Removed."), .problem(.notFound, [noCodes]),
            .problem(.unauthorized, [AppError.badCredentials]),
            .problem(.forbidden, [AppError.proofRequired]),
            .invalid(FieldIssue("password", "Field 'password' must be a string or null, not a number.", .wrongType)),
            .throttled, .overloaded,
        ]
    ).warning("The recovery codes that you have do not work any more.")

    private static let stopping = Operation(
        "stopReset", .accounts,
        "For a new password that was asked for with two recovery codes, and that `password_reset_ready_at` of a user tells "
            + "of. Takes no proof.",
        answers: [.empty(.noContent, "Stopped."), .problem(.notFound, [noReset])])
}
