import Auth
import Basics
import Domain
import HTTPServer
import JSON

/// Passkeys as Better Auth's client makes, uses and changes them, over the service of the account page: each signs in
/// alone, with user verification, and one for an account with a second factor takes a code.
struct PasskeyEndpoints: Sendable {
    private static let maximumBodySize = 64 * 1024
    static let attachments = ["platform", "cross-platform"]

    let auth: AuthService
    let passkeys: PasskeyService
    let sessions: BetterAuthSessions
    let rules: BetterAuthRules

    func addRoutes(to group: RouteGroup<AppContext>) {
        let group = group.group("passkey").limitingBodies(to: Self.maximumBodySize)
        group.get(
            "generate-register-options", summary: "Better Auth: ask for a new passkey", Self.creationOptionsOperation,
            use: creationOptions)
        group.post(
            "verify-registration", summary: "Better Auth: add a passkey", Self.registrationOperation, use: register)
        group.get(
            "generate-authenticate-options", summary: "Better Auth: ask for a passkey", Self.requestOptionsOperation,
            use: requestOptions)
        group.setting(\.signsIn, to: true).post(
            "verify-authentication", summary: "Better Auth: sign in with a passkey", Self.authenticationOperation,
            use: authenticate)
        group.get("list-user-passkeys", summary: "Better Auth: passkeys", Self.listOperation, use: list)
        group.post("update-passkey", summary: "Better Auth: rename a passkey", Self.renameOperation, use: rename)
        group.post("delete-passkey", summary: "Better Auth: remove a passkey", Self.removalOperation, use: remove)
    }

    // MARK: Adding

    /// The client's `context` carries the code of the second factor: it is the only field that it sends with this.
    @Sendable private func creationOptions(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        let (attachment, code) = (call.query["authenticatorAttachment"], call.query["context"])
        guard attachment.map(Self.attachments.contains) ?? true else { throw Self.invalidAttachment }
        // It counts as an attempt, and uses a right code up.
        if code != nil { try BetterAuthCall.checkOrigin(ofEffectiveRead: request, rules) }
        let found = try await sessions.require(request)
        guard passkeys.isAvailable else { throw Self.notAvailable }
        let creation: PasskeyCreation
        do {
            creation = try await passkeys.begin(
                for: found.user, in: found.session, proving: nil, code: code ?? "", from: Client(request))
        } catch let error as AppError where error == Passkey.tooMany {
            throw Self.tooManyPasskeys
        } catch AppError.invalid(let issues) {
            guard code != nil else { throw Self.codeRequired }
            throw BetterAuthError.invalidCode.saying(issues.first?.message ?? "Invalid code")
        }
        let response = Response.betterAuth { $0.passkeyCreation(creation, attachment: attachment) }
        return try sessions.finish(response, found)
    }

    @Sendable private func register(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (credential, name) = (input.object("response"), input.optionalString("name") ?? "")
        let showsSession = input.optionalBool("createSession") ?? false
        try input.finish()
        let found = try await sessions.require(request)
        guard passkeys.isAvailable else { throw Self.notAvailable }
        let device = DeviceName(userAgent: request.headers.first(name: "user-agent") ?? "").known
        let passkey: Passkey
        do {
            passkey = try await passkeys.add(
                PasskeyResponse(credential), named: name.isVisible ? name : device ?? "Passkey", for: found.user,
                in: found.session, from: Client(request))
        } catch let error as AppError where error == PasskeyService.expired {
            throw Self.challengeNotFound
        } catch let error as AppError where error == Passkey.tooMany {
            throw Self.tooManyPasskeys
        } catch AppError.invalid(let issues) where issues.first?.field == "credential" {
            throw Self.registrationFailed.saying(issues.first?.message ?? "Failed to verify registration")
        }
        var response = Response.betterAuth { json in
            json.object {
                $0.betterAuthPasskeyMembers(passkey)
                guard showsSession else { return }
                // The user has one already, which stays valid.
                $0.name("session")
                $0.betterAuthSession(found.session, token: found.token)
                $0.name("user")
                $0.betterAuthUser(found.user)
            }
        }
        guard showsSession else { return try sessions.finish(response, found) }
        try sessions.set(
            found.token, of: found.session, isBrowserSession: found.isBrowserSession, on: &response)
        return response
    }

    // MARK: Signing in

    /// Asks a visitor for any passkey, and a user who is signed in for one of that user's.
    @Sendable private func requestOptions(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        let options =
            if case .live(let found) = try await sessions.read(request, renews: false) {
                try await auth.passkeyRequest(of: found.user.id)
            } else {
                try auth.passkeyRequest()
            }
        guard let options else { throw Self.notAvailable }
        return .betterAuth { $0.passkeyRequest(options) }
    }

    @Sendable private func authenticate(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let credential = input.object("response")
        try input.finish()
        guard let credential = PasskeyResponse(credential) else { throw Self.authenticationFailed }
        let options = SignInOptions(replacing: try await sessions.sessionOfCookie(request))
        let signIn: SignIn
        do {
            signIn = try await auth.signIn(with: credential, from: Client(request), options)
        } catch AppError.badCredentials {
            throw Self.authenticationFailed
        }
        var response = Response.betterAuth {
            $0.object {
                $0.name("session")
                $0.betterAuthSession(signIn.session, token: signIn.sessionToken)
                $0.name("user")
                $0.betterAuthUser(signIn.user)
            }
        }
        try sessions.set(signIn.sessionToken, of: signIn.session, isBrowserSession: false, on: &response)
        return response
    }

    // MARK: Those that there are

    @Sendable private func list(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        let found = try await sessions.require(request)
        let passkeys = try await passkeys.passkeys(of: found.user.id)
        let response = Response.betterAuth { json in
            json.array { json in
                for passkey in passkeys { json.object { $0.betterAuthPasskeyMembers(passkey) } }
            }
        }
        return try sessions.finish(response, found)
    }

    @Sendable private func rename(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (id, name) = (input.string("id"), input.string("name"))
        try input.finish()
        let found = try await sessions.require(request)
        guard let id = PasskeyID(untrusted: id), try await passkeys.rename(id, of: found.user, to: name),
            let passkey = try await passkeys.passkeys(of: found.user.id).first(where: { $0.id == id })
        else { throw Self.passkeyNotFound }
        let response = Response.betterAuth { json in
            json.object {
                $0.name("passkey")
                $0.object { $0.betterAuthPasskeyMembers(passkey) }
            }
        }
        return try sessions.finish(response, found)
    }

    @Sendable private func remove(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let id = input.string("id")
        try input.finish()
        let found = try await sessions.require(request)
        guard let id = PasskeyID(untrusted: id) else { throw Self.passkeyNotFound }
        let outcome = try await passkeys.remove(
            id, of: found.user, in: found.session, proving: nil, from: Client(request))
        switch outcome {
        case .removed: return try sessions.finish(.betterAuthDone, found)
        case .gone: throw Self.passkeyNotFound
        case .lastWayIn: throw Self.lastWayIn
        }
    }
}

extension JSONWriter {
    /// A passkey as Better Auth's client knows it, in its server's field order.
    fileprivate mutating func betterAuthPasskeyMembers(_ passkey: Passkey) {
        member("name", passkey.name.text)
        member("publicKey", Base64.encode(passkey.publicKey))
        member("userId", passkey.userID.rawValue)
        member("credentialID", passkey.credentialID)
        member("counter", passkey.signCount)
        member("deviceType", passkey.isBackupEligible ? "multiDevice" : "singleDevice")
        member("backedUp", passkey.isBackedUp)
        member("transports", passkey.transports.joined(separator: ","))
        member("createdAt", passkey.createdAt)
        member("aaguid", Hexadecimal.uuid(ofDigits: passkey.aaguid))
        member("id", passkey.id.rawValue)
    }
}
