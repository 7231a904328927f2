import Auth
import Domain
import HTTPServer
import JSON

/// The operations of Better Auth's `emailOTPClient` that take a code from an e-mail: verifying an address, setting a
/// new password, changing the address. A code signs no one in.
struct EmailCodeEndpoints: Sendable {
    let resets: PasswordResetService
    let verification: VerificationService
    let emailChanges: EmailChangeService
    let sessions: BetterAuthSessions
    let rules: BetterAuthRules
    /// False if this server sends no mail.
    let hasMail: Bool
    /// False if this server verifies no addresses.
    let verifiesAddresses: Bool

    func addRoutes(to group: RouteGroup<AppContext>) {
        group.post(
            "email-otp/send-verification-otp", summary: "Better Auth: mail a code", Self.sendOperation, use: send)
        group.post(
            "email-otp/verify-email", summary: "Better Auth: verify the address with a mailed code",
            Self.verifyOperation, use: verify)
        group.post(
            "email-otp/request-password-reset", summary: "Better Auth: mail a code to set a new password",
            Self.requestResetOperation, use: requestReset)
        group.post(
            "email-otp/reset-password", summary: "Better Auth: set a new password with a mailed code",
            Self.resetOperation, use: reset)
        group.post(
            "email-otp/request-email-change", summary: "Better Auth: mail a code to another address",
            Self.requestChangeOperation, use: requestChange)
        group.post(
            "email-otp/change-email", summary: "Better Auth: change the address with a mailed code",
            Self.changeOperation, use: change)
    }

    /// The response is the same whether there is such an account or not.
    @Sendable private func send(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (email, type) = (input.string("email"), input.string("type"))
        try input.finish()
        let address = try Self.address(email)
        switch type {
        case "email-verification":
            guard verifiesAddresses else { throw VerificationEndpoints.verificationDisabled }
            try await verification.request(address, from: Client(request))
        case "forget-password": try await mailReset(to: address, request)
        default: throw Self.unknownType
        }
        return Self.done
    }

    @Sendable private func verify(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (email, code) = (input.string("email"), input.string("otp"))
        try input.finish()
        let address = try Self.address(email)
        guard verifiesAddresses else { throw VerificationEndpoints.verificationDisabled }
        var caller: UserID?
        if case .live(let found) = try await sessions.read(request, renews: false) { caller = found.user.id }
        let user: User
        do {
            user = try await verification.verify(
                code: code, of: address, by: caller, from: Client(request))
        } catch AppError.notFound {
            throw Self.invalidCode
        }
        return .betterAuth {
            $0.object {
                $0.member("status", true)
                $0.member("token", nil as String?)
                $0.name("user")
                $0.betterAuthUser(user)
            }
        }
    }

    @Sendable private func requestReset(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let email = input.string("email")
        try input.finish()
        try await mailReset(to: Self.address(email), request)
        return Self.done
    }

    private func mailReset(to address: EmailAddress, _ request: Request) async throws {
        guard hasMail else { throw PasswordResetEndpoints.disabled }
        try await resets.request(email: address.text, from: Client(request))
    }

    /// The password is looked at before the code, which stays good if it is refused.
    @Sendable private func reset(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (email, code, password) = (input.string("email"), input.string("otp"), input.string("password"))
        try input.finish()
        let address = try Self.address(email)
        guard hasMail else { throw PasswordResetEndpoints.disabled }
        guard password.utf16.count >= 8 else { throw BetterAuthError.passwordTooShort }
        guard password.utf8.count <= 72 else { throw BetterAuthError.passwordTooLong }
        do {
            try await resets.reset(code: code, of: address.text, to: password, from: Client(request))
        } catch AppError.notFound {
            throw Self.invalidCode
        }
        return Self.done
    }

    @Sendable private func requestChange(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let email = input.string("newEmail")
        try input.finish()
        let found = try await sessions.require(request)
        let address = try Self.address(email)
        guard emailChanges.hasMail else { throw Self.changeDisabled }
        guard address != found.user.email else { throw AccountEndpoints.sameEmail }
        do {
            _ = try await emailChanges.request(
                address.text, for: found.user, in: found.session, proving: nil, from: Client(request))
        } catch AppError.proofRequired {
            throw BetterAuthError.sessionNotFresh
        }
        return try sessions.finish(Self.done, found)
    }

    @Sendable private func change(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (email, code) = (input.string("newEmail"), input.string("otp"))
        try input.finish()
        let found = try await sessions.require(request)
        let address = try Self.address(email)
        guard emailChanges.hasMail else { throw Self.changeDisabled }
        do {
            try await emailChanges.confirm(code: code, of: found.user.id, to: address, from: Client(request))
        } catch AppError.notFound {
            throw Self.invalidCode
        } catch AppError.emailTaken {
            throw Self.addressInUse
        }
        var response = Self.done
        try sessions.set(found.token, of: found.session, isBrowserSession: found.isBrowserSession, on: &response)
        return response
    }

    private static func address(_ text: String) throws -> EmailAddress {
        guard BetterAuthInput.isEmail(text), let address = EmailAddress(text) else {
            throw BetterAuthError.invalidEmail
        }
        return address
    }

    private static let done = Response.betterAuth { $0.object { $0.member("success", true) } }
}

// Requests and responses of the handlers above.
extension EmailCodeEndpoints {
    private static let unknownType = BetterAuthError(.badRequest, "Invalid OTP type")
    private static let invalidCode = BetterAuthError(.badRequest, "Invalid OTP", code: "INVALID_OTP")
    private static let changeDisabled = BetterAuthError(.badRequest, "Change email with OTP is disabled")
    private static let addressInUse = BetterAuthError(.badRequest, "Email already in use")

    private static let code = JSONSchema.text("1234 5678").saying("From the e-mail, with or without the space.")
    private static let success = JSONSchema.answer(nil, .required("success", .boolean(true)))

    private static let codeText =
        "A code is good for \(AccountLink.codeLifetimeSeconds / 60) minutes; after \(AccountLink.wrongCodes) wrong ones within that time none is, but the link in the e-mail still is."

    private static let sendOperation = Operation.betterAuthChange(
        "betterAuthSendVerificationOTP",
        "The response is the same whether there is an account with this address or not. The e-mail has a link, too.",
        session: .none,
        body: .json(
            .request(
                nil, .required("email", .email), .required("type", .words("email-verification", "forget-password")))),
        answers: [
            .json(.ok, "An e-mail is on its way, if there is such an account that needs it.", success),
            .betterAuth(.invalidEmail), .betterAuth(unknownType),
            .betterAuth(VerificationEndpoints.verificationDisabled), .betterAuth(PasswordResetEndpoints.disabled),
            .betterAuthThrottled,
        ])

    private static let verifyOperation = Operation.betterAuthChange(
        "betterAuthVerifyEmailOTP",
        "\(codeText) The response is the same for a wrong code and for an address without an account. Signs no one in.",
        session: .none,
        body: .json(.request(nil, .required("email", .email), .required("otp", code))),
        answers: [
            .json(
                .ok, "The address is verified.",
                .answer(
                    nil, .required("status", .boolean(true)), .required("token", .null),
                    .required("user", .betterAuthUser))),
            .betterAuth(invalidCode), .betterAuth(.invalidEmail),
            .betterAuth(VerificationEndpoints.verificationDisabled), .betterAuthThrottled,
        ])

    private static let requestResetOperation = Operation.betterAuthChange(
        "betterAuthRequestPasswordResetOTP",
        "The response is the same whether there is an account with this address or not. The e-mail has a link, too.",
        session: .none, body: .json(.request(nil, .required("email", .email))),
        answers: [
            .json(.ok, "An e-mail is on its way, if there is such an account.", success),
            .betterAuth(.invalidEmail), .betterAuth(PasswordResetEndpoints.disabled), .betterAuthThrottled,
        ])

    private static let resetOperation = Operation.betterAuthChange(
        "betterAuthResetPasswordOTP",
        "\(codeText) The response is the same for a wrong code and for an address without an account. Ends all sessions of the account, and verifies the address.",
        session: .none,
        body: .json(
            .request(nil, .required("email", .email), .required("otp", code), .required("password", .newPassword))),
        answers: [
            .json(.ok, "The new password is set.", success),
            .betterAuth(invalidCode), .betterAuth(.invalidEmail), .betterAuth(.passwordTooShort),
            .betterAuth(.passwordTooLong), .betterAuth(.passwordTooCommon),
            .betterAuth(PasswordResetEndpoints.disabled), .betterAuthThrottled, .betterAuthOverloaded,
        ])

    private static let requestChangeOperation = Operation.betterAuthChange(
        "betterAuthRequestEmailChangeOTP",
        "Within ten minutes of signing in or of `verify-password`. The response is the same for an address that is taken.",
        body: .json(.request(nil, .required("newEmail", .email))),
        answers: [
            .json(.ok, "An e-mail with a code is on its way to the new address, unless it is taken.", success),
            .betterAuth(AccountEndpoints.sameEmail), .betterAuth(.invalidEmail), .betterAuth(changeDisabled),
            .betterAuth(.sessionNotFresh), .betterAuthThrottled,
        ])

    private static let changeOperation = Operation.betterAuthChange(
        "betterAuthChangeEmailOTP", "\(codeText) The former address is told.",
        body: .json(.request(nil, .required("newEmail", .email), .required("otp", code))),
        answers: [
            .json(.ok, "The address is changed.", success, headers: [.sessionCookie, .authToken]),
            .betterAuth(invalidCode), .betterAuth(.invalidEmail), .betterAuth(addressInUse),
            .betterAuth(changeDisabled), .betterAuthThrottled,
        ]
    ).warning("The address that you sign in with is changed.")
}
