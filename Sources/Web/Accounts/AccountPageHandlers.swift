import Auth
import Basics
import Calendar
import Domain
import HTTPServer

/// The page of the signed-in user's account, and its forms.
struct AccountPageHandlers: Sendable {
    let accounts: AccountService
    let sessions: SessionService
    let proof: RecentProof
    let mailedProof: MailedProof
    let tokens: APITokenService
    let secondFactors: SecondFactorService
    let recoveryCodes: RecoveryCodeService
    let passkeys: PasskeyService
    let providers: ProviderService
    let providerCookie: ProviderCookie
    let audit: AuditTrail
    /// Nil if this server verifies no addresses.
    let verification: VerificationService?
    let emailChanges: EmailChangeService
    let deletions: DeletionService
    let zones: TimeZoneDatabase
    let cookie: SessionCookie
    let pages: PageRenderer

    private static let maximumBodySize = 16 * 1024
    /// A slightly oversized file should get a meaningful error.
    private static let maximumPictureBodySize = 512 * 1024
    private static let shownActivities = 20

    func addRoutes(to pages: RouteGroup<AppContext>) {
        pages.get(".well-known/change-password", summary: "Where the password is changed", use: changePasswordURL)
        let site = pages.group(context: SignedInPageContext.self).limitingBodies(to: Self.maximumBodySize)
        site.get("account", summary: "The account", use: show)
        site.post("account/name", summary: "Change the name", use: saveName)
        site.post("account/verification", summary: "Mail a link that verifies the address", use: sendVerification)
        site.post(
            "account/verification/code", summary: "Verify the address with the code from the e-mail", use: verifyByCode)
        site.post(
            "account/email/code", summary: "Confirm a new e-mail address with the code from the e-mail",
            use: changeEmailByCode)
        site.post("account/email", summary: "Change the e-mail address", use: changeEmail)
        site.post("account/password", summary: "Change the password", use: changePassword)
        site.limitingBodies(to: Self.maximumPictureBodySize).setting(\.takesFiles, to: true)
            .post("account/picture", summary: "Upload a picture", use: savePicture)
        site.post("account/picture/remove", summary: "Remove the picture", use: removePicture)
        site.post("account/appearance", summary: "Choose light or dark", use: saveAppearance)
        site.post("account/region", summary: "Choose time zone, week and language", use: saveRegion)
        site.post("account/sessions/{session_id}/end", summary: "Sign a device out", use: endSession)
        site.post("account/sessions/end-others", summary: "Sign out everywhere else", use: endOtherSessions)
        addSecondFactorRoutes(to: site)
        addRecoveryCodeRoutes(to: site)
        addPasskeyRoutes(to: site)
        addProviderRoutes(to: site)
        addProofRoutes(to: site)
        site.post("account/tokens", summary: "Make an API token", use: createToken)
        site.post("account/tokens/{token_id}/revoke", summary: "Revoke an API token", use: revokeToken)
        site.post("account/delete", summary: "Delete the account, in 30 days", use: delete)
    }

    /// The address that password managers know (W3C, A Well-Known URL for Changing Passwords).
    @Sendable private func changePasswordURL(_ request: Request, _ context: AppContext) async throws -> Response {
        .seeOther("\(AccountPage.path)#change-password")
    }

    @Sendable private func show(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let query = try request.query()
        var page = try await page(context)
        page.notice = query["notice"].flatMap(AccountPage.Notice.init)
        page.error = query["refused"].flatMap { name in
            ProviderMessage.sentence(
                name, at: query["provider"].flatMap(providers.provider)?.label ?? "the provider")
        }
        return try pages.response(page)
    }

    func page(_ context: SignedInPageContext) async throws -> AccountPage {
        let user = context.user
        let all = try await sessions.sessions(of: user.id)
        let records = try await audit.newest(of: user.id, limit: Self.shownActivities)
        let dates = DateFormat(user.locale, zones)
        let (isProved, hasPassword) = (
            proof.isRecent(in: context.session), try await providers.hasPassword(user)
        )
        let isOwnPicture = user.image?.hasPrefix(Picture.pathPrefix) ?? false
        var page = AccountPage(
            frame: try pages.frame(title: "Account", for: user, csrfSubject: context.csrfSubject),
            email: user.email.text, canVerify: verification != nil && !user.isEmailVerified,
            nickname: FormField(value: user.username ?? ""), mailsNewAddresses: emailChanges.hasMail,
            picture: isOwnPicture ? user.image : nil, pictureAddress: isOwnPicture ? nil : user.image,
            appearances: Appearance.allCases.map {
                .init(value: $0.rawValue, label: $0.label, isChosen: $0 == user.appearance)
            },
            devices: DeviceGroup.groups(of: all, current: context.session.id, in: dates),
            hasOtherSessions: all.count > 1,
            factor: try await secondFactorCard(of: user, in: dates),
            recoveryCodes: try await recoveryCodesCard(of: user),
            passkeys: try await passkeyCard(of: user, in: dates),
            providers: try await providerCard(of: user, in: dates, needsConfirmation: !isProved && !hasPassword),
            hasPassword: hasPassword,
            tokens: try await tokenCard(of: user, in: dates),
            activities: records.compactMap { Activity($0, in: dates) },
            needsPassword: !isProved && hasPassword)
        page.needsConfirmation = !isProved && !hasPassword
        (page.hasMail, page.isVerified) = (mailedProof.hasMail, user.isEmailVerified)
        (page.mailsReminders, page.canMailReminders) = (user.mailsReminders, user.isEmailVerified)
        if !isProved {
            page.proofPasskey = try await proof.passkeyRequest(in: context.session).map(PasskeyOptions.text)
        }
        page.show(
            timeZone: user.locale.timeZone ?? "", weekStart: user.locale.weekStart, language: user.locale.language ?? ""
        )
        return page
    }

    /// Shows the page again, with the errors of the submitted form.
    func refusal(
        of error: AppError, _ request: Request, _ context: SignedInPageContext,
        _ explain: (inout AccountPage, [FieldIssue]) -> Void
    ) async throws -> Response {
        var page = try await page(context)
        var problem = Problem(error, requestID: request.id)
        switch error {
        case .invalid(let issues): explain(&page, issues)
        case .emailTaken: explain(&page, [FieldIssue("email", "Another account has this address.", .wrongValue)])
        case .badCredentials:
            // The caller is signed in all the same.
            problem.status = .forbidden
            page.currentPasswordError = "This is not your current password."
            explain(&page, [])
        case .wrongSecondFactor:
            problem.status = .forbidden
            explain(&page, [])
        case .proofRequired: explain(&page, [])
        case .overloaded, .throttled, .writesTooFast, .lastAdmin: page.error = problem.detail
        default: throw error
        }
        if !page.hasPassword {
            page.needsPassword = false
            if error == .proofRequired { page.error = "Confirm first that it is you, as shown below." }
        }
        return try pages.response(page, for: problem)
    }

    /// Shows the page again, as the last sign-in method cannot be removed.
    func lastWayIn(_ context: SignedInPageContext) async throws -> Response {
        var page = try await page(context)
        page.error =
            "This is the last way to sign in to your account. Set a password, add a passkey or link a provider first."
        return try pages.response(page, status: .conflict)
    }

    // MARK: You

    @Sendable private func saveName(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let name = try request.form()["nickname"] ?? ""
        do {
            _ = try await accounts.update(context.user, username: .set(name), image: .keep)
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, issues in
                page.nickname = FormField(value: name, error: issues.message(for: "username"))
            }
        }
        return .seeOther(AccountPage.Notice.nameSaved.path)
    }

    @Sendable private func savePicture(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        do {
            guard let file = try request.multipartForm().files["picture"], !file.isEmpty else {
                throw AppError.invalid([FieldIssue("image", "Choose a file first.", .missing)])
            }
            try await accounts.setPicture(of: context.user, to: file)
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, issues in
                page.pictureError = issues.message(for: "image")
            }
        }
        return .seeOther(AccountPage.Notice.pictureSaved.path)
    }

    @Sendable private func removePicture(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        _ = try await accounts.update(context.user, username: .keep, image: .clear)
        return .seeOther(AccountPage.Notice.pictureRemoved.path)
    }

    @Sendable private func saveAppearance(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        // The form offers no other value.
        let appearance = try request.form()["appearance"].flatMap(Appearance.init) ?? .system
        try await accounts.setAppearance(of: context.user, to: appearance)
        return .seeOther(AccountPage.Notice.appearanceSaved.path)
    }

    @Sendable private func saveRegion(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let form = try request.form()
        let (zone, week, language) = (form["time_zone"] ?? "", form["week_start"] ?? "", form["language"] ?? "")
        do {
            let locale = try UserLocale(timeZone: zone, weekStart: week, language: language, in: zones)
            try await accounts.setLocale(of: context.user, to: locale)
            // A check box that is not checked is not sent.
            let mailsReminders = form["mails_reminders"] != nil
            if mailsReminders != context.user.mailsReminders {
                try await accounts.setMailsReminders(of: context.user, to: mailsReminders)
            }
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, issues in
                page.show(timeZone: zone, weekStart: Weekday(name: week) ?? .monday, language: language)
                page.timeZone.error = issues.message(for: "time_zone") ?? issues.message(for: "week_start")
                page.language.error = issues.message(for: "language")
            }
        }
        return .seeOther(AccountPage.Notice.localeSaved.path)
    }

    // MARK: Password

    /// Changes the password; all other sessions end.
    @Sendable private func changePassword(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let form = try request.form()
        do {
            _ = try await accounts.changePassword(
                of: context.user, in: context.session, from: Client(request), current: form["current_password"] ?? "",
                new: form["new_password"] ?? "", ending: .others)
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, issues in
                page.newPasswordError = issues.message(for: "newPassword")
            }
        }
        return .seeOther(AccountPage.Notice.passwordChanged.path)
    }

    // MARK: Devices

    /// Ends one of the user's sessions. Another user's answers as one that does not exist.
    @Sendable private func endSession(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        guard let id = SessionID(untrusted: context.parameters["session_id"]),
            try await sessions.end(id, of: context.user.id, by: .revocation, from: Client(request))
        else { return .seeOther(AccountPage.Notice.sessionGone.path) }
        guard id == context.session.id else { return .seeOther(AccountPage.Notice.sessionEnded.path) }
        return .signedOut(cookie)
    }

    @Sendable private func endOtherSessions(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        try await sessions.endAll(of: context.user.id, except: context.session.id, from: Client(request))
        return .seeOther(AccountPage.Notice.othersEnded.path)
    }

    // MARK: Deletion

    /// Deactivates the account, which is deleted in 30 days unless its owner signs in and keeps it.
    @Sendable private func delete(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let password = try request.form()["password"] ?? ""
        do {
            try await proof.require(Self.credential(password), in: context.session, from: Client(request))
            try await deletions.request(of: context.user, from: Client(request))
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, _ in
                Self.explainPassword(error, &page, \.deletionError)
            }
        }
        return .signedOut(cookie, notice: "deletion-requested")
    }
}

extension Appearance {
    fileprivate var label: String {
        switch self {
        case .system: "As on the device"
        case .light: "Light"
        case .dark: "Dark"
        }
    }
}

extension Response {
    /// Leads to the sign-in page, and removes the session's cookie and what the browser has cached.
    /// - Parameter notice: the name of what the page says.
    static func signedOut(_ cookie: SessionCookie, notice: String = "signed-out") -> Response {
        var response = Response.seeOther("/login?notice=" + notice)
        for expiring in cookie.expiring(cookie.name) { response.setCookie(expiring) }
        response.clearBrowserCache()
        return response
    }
}
