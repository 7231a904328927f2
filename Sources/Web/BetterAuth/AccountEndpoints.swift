import Auth
import Basics
import Domain
import HTTPServer

/// Users' operations on their own accounts, as in Better Auth's client.
struct AccountEndpoints: Sendable {
    let accounts: AccountService
    let proof: RecentProof
    let emailChanges: EmailChangeService
    let deletions: DeletionService
    let sessions: BetterAuthSessions
    let rules: BetterAuthRules
    let ownOrigin: @Sendable () -> String

    func addRoutes(to group: RouteGroup<AppContext>) {
        group.post(
            "change-password", summary: "Better Auth: change the password", Self.changePasswordOperation,
            use: changePassword)
        group.post(
            "verify-password", summary: "Better Auth: check the password", Self.verifyPasswordOperation,
            use: verifyPassword)
        group.limitingBodies(to: BetterAuth.maximumPictureBodySize).post(
            "update-user", summary: "Better Auth: change name or picture", Self.updateOperation,
            use: updateUser)
        group.post(
            "change-email", summary: "Better Auth: mail a link to another address", Self.changeEmailOperation,
            use: changeEmail)
        group.post("delete-user", summary: "Better Auth: delete the account", Self.deleteOperation, use: deleteUser)
        group.get(
            "delete-user/callback", summary: "Better Auth: the link in an e-mail", Self.deleteCallbackOperation,
            use: deleteUserCallback)
    }

    @Sendable private func changePassword(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (new, current) = (input.string("newPassword"), input.string("currentPassword"))
        let endsOthers = input.optionalBool("revokeOtherSessions") ?? false
        try input.finish()
        let found = try await sessions.require(request)
        let signIn: SignIn?
        do {
            signIn = try await accounts.changePassword(
                of: found.user, in: found.session, from: Client(request), current: current, new: new,
                ending: Self.reset(found, endsOthers: endsOthers))
        } catch AppError.badCredentials {
            throw BetterAuthError.invalidPassword
        }
        var response = Response.betterAuth {
            $0.object {
                $0.member("token", signIn?.sessionToken)
                $0.name("user")
                $0.betterAuthUser(found.user)
            }
        }
        guard let signIn else { return try sessions.finish(response, found) }
        try sessions.set(
            signIn.sessionToken, of: signIn.session, isBrowserSession: found.isBrowserSession, on: &response)
        return response
    }

    /// A client that authenticates with an access token keeps its session, as it could not receive a token for another
    /// one.
    private static func reset(_ found: BetterAuthSession, endsOthers: Bool) -> SessionReset {
        guard endsOthers else { return .none }
        return found.token == nil ? .others : .all(isRemembered: !found.isBrowserSession)
    }

    @Sendable private func verifyPassword(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let password = input.string("password")
        try input.finish()
        let found = try await sessions.require(request)
        do {
            try await proof.renew(by: .password(password), in: found.session, from: Client(request))
        } catch AppError.badCredentials {
            throw BetterAuthError.invalidPassword
        }
        return try sessions.finish(.betterAuthDone, found)
    }

    @Sendable private func updateUser(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let found = try await sessions.require(request)
        guard !input.has("email") else { throw BetterAuthError.emailIsFixed }
        // The real server takes any type of name and stores "5.0" for 5; here a name is a string.
        let name = input.optionalString("name")
        let image = input.stringPatch("image")
        try input.finish()
        guard name != nil || !image.isKept else { throw BetterAuthError.nothingToUpdate }
        _ = try await accounts.update(found.user, username: name.map(Patch.set) ?? .keep, image: image)
        var response = Response.betterAuthDone
        try sessions.set(found.token, of: found.session, isBrowserSession: found.isBrowserSession, on: &response)
        return response
    }

    /// Mails a link to the new address. The real server lets any browser's GET of it act; ours leads to a page.
    @Sendable private func changeEmail(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let email = input.email("newEmail")
        _ = input.optionalString("callbackURL")
        try input.finish()
        let found = try await sessions.require(request)
        guard EmailAddress(email) != found.user.email else { throw Self.sameEmail }
        guard emailChanges.hasMail else { throw Self.changeEmailDisabled }
        do {
            _ = try await emailChanges.request(
                email, for: found.user, in: found.session, proving: nil,
                continuingTo: call.callbacks["callbackURL"]?.text, from: Client(request))
        } catch AppError.proofRequired {
            throw BetterAuthError.sessionNotFresh
        }
        return try sessions.finish(.betterAuthDone, found)
    }

    /// Deletes with the password, a recent proof or the token of a mailed link; without any of them, mails that link.
    @Sendable private func deleteUser(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(optional: call)
        let (password, token) = (input.optionalString("password"), input.optionalString("token") ?? "")
        _ = input.optionalString("callbackURL")
        try input.finish()
        let found = try await sessions.require(request)
        do {
            if password != nil || token.isEmpty {
                try await proof.require(password.map { .password($0) }, in: found.session, from: Client(request))
            }
        } catch AppError.badCredentials {
            throw BetterAuthError.invalidPassword
        } catch AppError.proofRequired {
            guard deletions.hasMail else { throw BetterAuthError.sessionExpired }
            try await deletions.mailLink(
                to: found.user, continuingTo: call.callbacks["callbackURL"]?.text, from: Client(request))
            return try sessions.finish(Self.deletion("Verification email sent"), found)
        }
        if !token.isEmpty { try await requireLink(token, of: found.user) }
        try await deletions.request(of: found.user, from: Client(request))
        var response = Self.deletion("User deleted")
        for cookie in sessions.expiringCookies { response.setCookie(cookie) }
        response.clearBrowserCache()
        return response
    }

    private static func deletion(_ message: String) -> Response {
        .betterAuth {
            $0.object {
                $0.member("success", true)
                $0.member("message", message)
            }
        }
    }

    private func requireLink(_ token: String, of user: User) async throws {
        guard try await deletions.user(for: token)?.id == user.id else { throw BetterAuthError.unknownToken }
    }

    /// The real server deletes here. But mail scanners open links, so a page of ours asks first.
    @Sendable private func deleteUserCallback(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        guard let token = call.query["token"] else { throw BetterAuthError.missingQuery("token") }
        guard case .live(let found) = try await sessions.read(request) else { throw Self.noUserInfo }
        try await requireLink(token, of: found.user)
        let query = call.callbacks["callbackURL"].map { "?callbackURL=" + PercentEncoding.encodeComponent($0.text) }
        return .betterAuthRedirect("\(ownOrigin())/delete-account/\(token)\(query ?? "")")
    }
}
