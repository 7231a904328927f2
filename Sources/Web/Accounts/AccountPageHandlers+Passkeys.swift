import Auth
import Calendar
import Domain
import HTTPServer

/// The user's passkeys.
extension AccountPageHandlers {
    private static let maximumPasskeyBodySize = 64 * 1024

    func addPasskeyRoutes(to site: RouteGroup<SignedInPageContext>) {
        site.limitingBodies(to: Self.maximumPasskeyBodySize)
            .post("account/proof", summary: "Confirm that it is you, with a passkey", use: prove)
        site.post("account/passkeys", summary: "Begin to add a passkey", use: beginPasskey)
        site.limitingBodies(to: Self.maximumPasskeyBodySize)
            .post("account/passkeys/add", summary: "Add a passkey", use: addPasskey)
        site.post("account/passkeys/{passkey_id}/name", summary: "Rename a passkey", use: renamePasskey)
        site.post("account/passkeys/{passkey_id}/remove", summary: "Remove a passkey", use: removePasskey)
    }

    /// - Parameter dates: the reader's.
    func passkeyCard(of user: User, in dates: DateFormat) async throws -> PasskeyCard {
        PasskeyCard(
            rows: try await passkeys.passkeys(of: user.id).map { .init($0, in: dates) },
            isAvailable: passkeys.isAvailable)
    }

    // MARK: Adding

    /// Shows the page whose script makes the passkey. Its options are part of the answer, and no address leads to them.
    @Sendable private func beginPasskey(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        let form = try request.form()
        do {
            let creation = try await passkeys.begin(
                for: context.user, in: context.session, proving: Self.credential(form["passkey_password"] ?? ""),
                code: form["passkey_code"] ?? "", from: Client(request))
            let device = DeviceName(userAgent: request.headers.first(name: "user-agent") ?? "").known
            return try pages.response(
                PasskeySetupPage(
                    frame: try pages.frame(
                        title: "Add a passkey", for: context.user, csrfSubject: context.csrfSubject),
                    options: PasskeyOptions.text(creation), name: FormField(value: device ?? "Passkey")))
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, issues in
                page.passkeys.codeError =
                    error == .wrongSecondFactor ? AccountHandlers.wrongCode : issues.message(for: "code")
                page.error = issues.message(for: "name")
                Self.explainPassword(error, &page, \.passkeys.passwordError)
            }
        }
    }

    @Sendable private func addPasskey(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        let form = try request.form()
        do {
            try await passkeys.add(
                PasskeyResponse(json: form["credential"] ?? ""), named: form["name"] ?? "", for: context.user,
                in: context.session, from: Client(request))
            return .seeOther(AccountPage.Notice.passkeyAdded.path)
        } catch let error as AppError {
            if error == PasskeyService.expired || error == .proofRequired {
                return .seeOther(AccountPage.Notice.passkeyExpired.path)
            }
            // The passkey that was made is refused: another attempt starts over.
            return try await refusal(of: error, request, context) { page, issues in
                page.error = issues.map(\.message).joined(separator: " ")
            }
        }
    }

    // MARK: Uses

    /// Takes a passkey in the place of the password, for what takes a recent proof.
    @Sendable private func prove(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        do {
            guard let response = PasskeyResponse(json: try request.form()["credential"] ?? "") else {
                throw AppError.badCredentials
            }
            try await proof.renew(by: .passkey(response), in: context.session, from: Client(request))
            return .seeOther(AccountPage.Notice.proved.path)
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, _ in
                guard error == .badCredentials else { return }
                (page.currentPasswordError, page.error) = (nil, AccountHandlers.refusedPasskey)
            }
        }
    }

    // MARK: Changes

    @Sendable private func renamePasskey(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        let name = try request.form()["passkey_name"] ?? ""
        return try await changing(request, context) { id in
            try await passkeys.rename(id, of: context.user, to: name) ? .passkeyRenamed : .passkeyGone
        } explaining: { row, _, issues in
            row.name = FormField(value: name, error: issues.message(for: "name"))
        }
    }

    /// Removes one of the user's passkeys. Another user's answers as one that does not exist.
    @Sendable private func removePasskey(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        let password = try request.form()["passkey_password"] ?? ""
        return try await changing(request, context) { id in
            let outcome = try await passkeys.remove(
                id, of: context.user, in: context.session, proving: Self.credential(password), from: Client(request))
            switch outcome {
            case .removed: return .passkeyRemoved
            case .gone: return .passkeyGone
            case .lastWayIn: return nil
            }
        } explaining: { row, error, _ in
            switch error {
            case .proofRequired: row.passwordError = "Enter your password."
            case .badCredentials: row.passwordError = "This is not your password."
            default: break
            }
        }
    }

    /// Answers the form that changes one passkey.
    /// - Parameter change: returns nil if the passkey is the last way in.
    private func changing(
        _ request: Request, _ context: SignedInPageContext,
        _ change: (PasskeyID) async throws -> AccountPage.Notice?,
        explaining explain: (inout PasskeyCard.Row, AppError, [FieldIssue]) -> Void
    ) async throws -> Response {
        guard let id = PasskeyID(untrusted: context.parameters["passkey_id"]) else {
            return .seeOther(AccountPage.Notice.passkeyGone.path)
        }
        do {
            if let notice = try await change(id) { return .seeOther(notice.path) }
            return try await lastWayIn(context)
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, issues in
                if error == .proofRequired || error == .badCredentials {
                    (page.needsPassword, page.currentPasswordError) = (true, nil)
                }
                for index in page.passkeys.rows.indices where page.passkeys.rows[index].passkey.id == id {
                    explain(&page.passkeys.rows[index], error, issues)
                }
            }
        }
    }
}
