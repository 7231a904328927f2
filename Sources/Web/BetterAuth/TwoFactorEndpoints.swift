import Auth
import Domain
import HTTPServer

/// The second factor as Better Auth's client sets it up and shows it: an authenticator app, and backup codes, which are our
/// recovery codes. Changes of one that is on take a `code` of it beside the password, as on the pages.
struct TwoFactorEndpoints: Sendable {
    let auth: AuthService
    let secondFactors: SecondFactorService
    let proof: RecentProof
    let sessions: BetterAuthSessions
    let rules: BetterAuthRules

    func addRoutes(to group: RouteGroup<AppContext>) {
        let group = group.group("two-factor")
        group.post("enable", summary: "Better Auth: set up an authenticator app", Self.enableOperation, use: enable)
        group.post("disable", summary: "Better Auth: turn the second factor off", Self.disableOperation, use: disable)
        group.post(
            "get-totp-uri", summary: "Better Auth: the key of the app that is set up", Self.uriOperation, use: totpURI)
        group.post(
            "generate-backup-codes", summary: "Better Auth: make new recovery codes", Self.codesOperation,
            use: generateBackupCodes)
        let signing = group.setting(\.signsIn, to: true)
        signing.post(
            "verify-totp", summary: "Better Auth: show a code from the app", Self.verifyTOTPOperation, use: verifyTOTP)
        signing.post(
            "verify-backup-code", summary: "Better Auth: show a recovery code", Self.verifyBackupCodeOperation,
            use: verifyBackupCode)
    }

    // MARK: Changes

    /// Makes the key of an app and recovery codes. Nothing changes before `verify-totp`.
    @Sendable private func enable(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (password, code) = (input.string("password"), input.optionalString("code"))
        let (method, issuer) = (
            input.optionalWord("method", among: ["otp", "totp"]), input.optionalString("issuer")
        )
        try input.finish()
        let found = try await sessions.require(request)
        guard method != "otp" else { throw Self.otpNotAvailable }
        let name = issuer.flatMap { $0.isEmpty ? nil : $0 }
        guard name.map(Self.isIssuer) ?? true else { throw Self.invalidIssuer }
        let (secret, codes) = try await changing(found.user, code) { code in
            try await secondFactors.beginWithRecoveryCodes(
                for: found.user, in: found.session, proving: .password(password), code: code, from: Client(request))
        }
        let response = Response.betterAuth { json in
            json.object {
                $0.member("method", "totp")
                $0.member("totpURI", secret.uri(issuer: name))
                $0.name("backupCodes")
                $0.array { for code in codes { $0.string(code) } }
            }
        }
        return try sessions.finish(response, found)
    }

    /// Apps split the label at its colon.
    private static func isIssuer(_ text: String) -> Bool {
        text.utf8.count <= 100
            && text.unicodeScalars.allSatisfy { $0 != ":" && $0.properties.generalCategory != .control }
    }

    @Sendable private func disable(_ request: Request, _ context: AppContext) async throws -> Response {
        let (found, password, code) = try await change(request)
        try await changing(found.user, code) { code in
            guard found.user.hasSecondFactor else {
                return try await proof.renew(by: .password(password), in: found.session, from: Client(request))
            }
            try await secondFactors.turnOff(
                for: found.user, in: found.session, proving: .password(password), code: code, from: Client(request))
        }
        return try sessions.finish(.betterAuthDone, found)
    }

    /// The key is shown only while it is set up: later, it would let its finder make codes unnoticed.
    @Sendable private func totpURI(_ request: Request, _ context: AppContext) async throws -> Response {
        let (found, password, _) = try await change(request)
        guard try await secondFactors.isSettingUp(found.user) else {
            throw found.user.hasSecondFactor ? Self.totpNotShown : Self.totpNotEnabled
        }
        do {
            try await proof.renew(by: .password(password), in: found.session, from: Client(request))
        } catch AppError.badCredentials {
            throw BetterAuthError.invalidPassword
        }
        let proved = try await sessions.require(request)
        guard let secret = try await secondFactors.pendingSecret(of: proved.user, in: proved.session) else {
            throw Self.totpNotEnabled
        }
        return try sessions.finish(.betterAuth { $0.object { $0.member("totpURI", secret.uri) } }, found)
    }

    @Sendable private func generateBackupCodes(_ request: Request, _ context: AppContext) async throws -> Response {
        let (found, password, code) = try await change(request)
        guard found.user.hasSecondFactor else { throw Self.twoFactorNotEnabled }
        let codes = try await changing(found.user, code) { code in
            try await secondFactors.makeRecoveryCodes(
                for: found.user, in: found.session, proving: .password(password), code: code, from: Client(request))
        }
        let response = Response.betterAuth { json in
            json.object {
                $0.member("status", true)
                $0.name("backupCodes")
                $0.array { for code in codes { $0.string(code) } }
            }
        }
        return try sessions.finish(response, found)
    }

    private func change(
        _ request: Request
    ) async throws -> (found: BetterAuthSession, password: String, code: String?) {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (password, code) = (input.string("password"), input.optionalString("code"))
        try input.finish()
        return (try await sessions.require(request), password, code)
    }

    /// Runs a change that takes the password and, for a user who has a second factor, a code of it.
    private func changing<Value>(
        _ user: User, _ code: String?, _ change: (_ code: String) async throws -> Value
    ) async throws -> Value {
        guard !user.hasSecondFactor || code != nil else { throw Self.codeRequired }
        do {
            return try await change(code ?? "")
        } catch AppError.badCredentials {
            throw BetterAuthError.invalidPassword
        } catch AppError.invalid(let issues) {
            throw Self.invalidCode(issues)
        } catch let error as AppError where error == .signInExpired {
            // It was turned off meanwhile.
            throw Self.twoFactorNotEnabled
        }
    }

    // MARK: Showing it

    @Sendable private func verifyTOTP(_ request: Request, _ context: AppContext) async throws -> Response {
        try await verify(request, by: .totp)
    }

    @Sendable private func verifyBackupCode(_ request: Request, _ context: AppContext) async throws -> Response {
        try await verify(request, by: .recoveryCode)
    }

    private func verify(_ request: Request, by method: SecondFactorMethod) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (code, trustsDevice) = (input.string("code"), input.optionalBool("trustDevice") ?? false)
        let beginsNone = method == .recoveryCode ? input.optionalBool("disableSession") ?? false : false
        try input.finish()
        do {
            if case .live(let found) = try await sessions.read(request, renews: false) {
                try await confirm(code, by: method, in: found, from: Client(request))
                // The user has changed.
                let current = try await sessions.require(request)
                return try sessions.finish(Self.answer(current.token, current.user), current)
            }
            guard !beginsNone else { throw Self.sessionNotDisabled }
            return try await signIn(request, with: code, by: method, trustsDevice: trustsDevice)
        } catch AppError.wrongSecondFactor {
            throw Self.wrongCode(of: method)
        } catch AppError.invalid(let issues) {
            throw method == .totp ? Self.invalidCode(issues) : Self.invalidBackupCode
        } catch AppError.throttled(let throttled) {
            var response = Self.locked.response
            response.headers.add(contentsOf: throttled.headers)
            return response
        }
    }

    /// Turns the second factor on that is being set up; or else checks a code of the one that is on.
    private func confirm(
        _ code: String, by method: SecondFactorMethod, in found: BetterAuthSession, from client: Client
    ) async throws {
        let user = found.user
        if method == .totp, try await secondFactors.isSettingUp(user) {
            do {
                _ = try await secondFactors.activate(code: code, for: user, in: found.session, from: client)
                return
            } catch AppError.notFound {
                throw Self.totpNotEnabled
            } catch AppError.invalid where user.hasSecondFactor {
                // It may be a code from the app that is to be replaced.
            } catch AppError.proofRequired where user.hasSecondFactor {
                // As above, when setting up was given up.
            }
        }
        guard user.hasSecondFactor else {
            throw method == .totp ? Self.totpNotEnabled : Self.backupCodesNotEnabled
        }
        do {
            try await secondFactors.confirm(code, by: method, for: user, from: client)
        } catch let error as AppError where error == .signInExpired {
            throw method == .totp ? Self.totpNotEnabled : Self.backupCodesNotEnabled
        }
    }

    /// Ends the sign-in that the browser's cookie names.
    private func signIn(
        _ request: Request, with code: String, by method: SecondFactorMethod, trustsDevice: Bool
    ) async throws -> Response {
        guard let challenge = try sessions.challenge(request) else { throw Self.invalidCookie }
        var options = SignInOptions(keepsDevice: trustsDevice)
        options.trustsDevice = trustsDevice
        let signIn: SignIn
        do {
            signIn = try await auth.signIn(
                answering: challenge, with: .code(code, by: method), from: Client(request), options)
        } catch let error as AppError where error == .signInExpired || error == .signInTriedOut {
            var ended = error == .signInExpired ? Self.invalidCookie : Self.tooManyAttempts
            ended.cookies = sessions.expiringChallenge
            throw ended
        }
        var response = Self.answer(signIn.sessionToken, signIn.user)
        try sessions.set(
            signIn.sessionToken, of: signIn.session, isBrowserSession: !signIn.session.isRemembered, on: &response)
        for cookie in sessions.expiringChallenge { response.setCookie(cookie) }
        if let device = signIn.deviceCookie {
            response.setCookie(DeviceCookie.cookie(device, beside: sessions.cookie))
        }
        return response
    }

    private static func answer(_ token: String?, _ user: User) -> Response {
        .betterAuth {
            $0.object {
                $0.member("token", token)
                $0.name("user")
                $0.betterAuthUser(user)
            }
        }
    }

    private static func wrongCode(of method: SecondFactorMethod) -> BetterAuthError {
        method == .totp ? .invalidCode : invalidBackupCode
    }

    private static func invalidCode(_ issues: [FieldIssue]) -> BetterAuthError {
        .invalidCode.saying(issues.first?.message ?? "Invalid code")
    }
}
