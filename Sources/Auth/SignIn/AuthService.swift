import Basics
import Crypto
import Domain
import Metrics
import Workers

/// The rules of signing up and signing in, independent of HTTP and SQL.
package final class AuthService: Sendable {
    let store: any AccountStore & PasskeyStore & ProviderStore
    private let hasher: PasswordHasher
    private let sessions: SessionService
    let throttles: Throttles
    private let passwordRule: PasswordRule
    private let invitations: InvitationService
    private let ids: UUIDv7Generator
    let notices: SecurityNotices
    let audit: AuditTrail
    private let verification: VerificationService
    let secondFactors: SecondFactorService
    let passkeys: PasskeyVerifier
    private let rule: EmailVerification
    /// False if only providers and passkeys sign in.
    private let allowsPasswords: Bool
    /// True while no mail can be sent.
    private let isMailDown: @Sendable () -> Bool
    private let now: @Sendable () -> Timestamp
    /// All attempts to sign in, and those that made an account.
    package let signIns = CounterGroup<SignInOutcome>()
    package let signUps = Counter()

    package init(
        store: any AccountStore & PasskeyStore & ProviderStore, hasher: PasswordHasher, sessions: SessionService,
        throttles: Throttles, passwordRule: PasswordRule, invitations: InvitationService, ids: UUIDv7Generator,
        notices: SecurityNotices, audit: AuditTrail, verification: VerificationService,
        secondFactors: SecondFactorService, passkeys: PasskeyVerifier,
        verifying rule: EmailVerification, allowsPasswords: Bool = true, isMailDown: @escaping @Sendable () -> Bool,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.hasher = hasher
        self.sessions = sessions
        self.throttles = throttles
        self.passwordRule = passwordRule
        self.invitations = invitations
        self.ids = ids
        self.notices = notices
        self.audit = audit
        self.verification = verification
        self.secondFactors = secondFactors
        self.passkeys = passkeys
        self.rule = rule
        self.allowsPasswords = allowsPasswords
        self.isMailDown = isMailDown
        self.now = now
    }

    /// The data of a sign-up.
    package struct Application: Sendable {
        package var email: String
        package var password: String
        package var username: String?
        package var image: String?
        /// The page of an application that follows the verification of the address.
        package var continuation: String?

        /// The token of an invitation; empty if there is none.
        package var invitation: String?

        package init(
            email: String, password: String, username: String?, image: String? = nil, continuation: String? = nil,
            invitation: String? = nil
        ) {
            self.email = email
            self.password = password
            self.username = username
            self.image = image
            self.continuation = continuation
            self.invitation = invitation.flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    /// Creates an account and signs it in. Where addresses must be verified first, it does not sign in, and a taken
    /// address has the same outcome after the same work.
    /// - Throws: `AppError.invalid` with an issue for each field that breaks a rule; `AppError.signUpRefused`, whether
    ///   the address has an account or not; `AppError.emailTaken`, after the same work; `AppError.throttled`;
    ///   `AppError.passwordsOff`.
    package func signUp(
        _ application: Application, from client: Client, _ options: SignInOptions = SignInOptions()
    ) async throws -> SignUpOutcome {
        guard allowsPasswords else { throw AppError.passwordsOff }
        try invitations.checkMode(application.invitation)
        let (email, password, username, picture) = try check(application)
        guard invitations.policy.admits(email) else { throw AppError.signUpRefused(.domainNotAdmitted) }
        let time = now()
        var user = User(
            id: UserID(rawValue: ids.next(at: time)), email: email, username: username, image: picture?.image,
            isActive: true, createdAt: time, updatedAt: time)
        user.mustVerify = rule == .required
        let (invitation, passwordHash) = try await RefusalDelay.refusing(.signUp, for: nil, from: client, in: audit) {
            try await throttles.signUp(from: client)
            // Before the hash: a refusal is no reason to compute one.
            let invitation = try await invitations.use(of: application.invitation, by: user, from: client)
            return (invitation, try await hasher.hash(password, for: FairShare(client, isFavoured: false)))
        }
        let link =
            try rule == .off
            ? nil : verification.link(for: user, continuingTo: application.continuation, from: client)
        if rule == .required, let link {
            let event = AuditEvent(.userCreated, at: time, by: client.source, user: user.id)
            try await store.insertUnverified(
                user, passwordHash: passwordHash, picture: picture?.picture, using: invitation, mailing: link,
                recording: event)
            verification.sent()
            signUps.increment()
            let digest = try FirstFactor.password(hash: passwordHash).digest()
            return .unverified(user, PendingVerification(email: email, credentialDigest: digest))
        }
        let device = options.keepsDevice ? try await throttles.newDevice(of: email, from: client) : nil
        let (signIn, new) = try sessions.make(for: user, from: client, options, device: device)
        let event = AuditEvent(.userCreated, at: time, by: client.source, user: user.id, session: signIn.session.id)
        try await store.insert(
            user, passwordHash: passwordHash, picture: picture?.picture, session: new, using: invitation,
            mailing: link, recording: event)
        sessions.forgetReplaced(new)
        if link != nil { verification.sent() }
        signUps.increment()
        return .signedIn(signIn)
    }

    private func check(
        _ application: Application
    ) throws -> (EmailAddress, NewPassword, String?, PictureInput?) {
        var issues = FieldIssues()
        let address = EmailAddress(application.email)
        if address == nil { issues.add(.notAnEmailAddress) }
        let newPassword = try issues.check {
            try NewPassword(application.password, by: passwordRule, email: address)
        }
        let name = try issues.check { try Username.checked(application.username) }
        let picture = try application.image.flatMap { image in try issues.check { try PictureInput(image) } }
        try issues.finish()
        guard let address, let newPassword, let name else { throw AppError.invalid(issues.all) }
        return (address, newPassword, name, picture)
    }

    /// - Throws: `AppError.badCredentials` for an unknown address and for a wrong password alike, after the same work;
    ///   `AppError.inactiveAccount`, `AppError.deletionPending`, `AppError.emailNotVerified`, after an e-mail with a link, and
    ///   `AppError.secondFactorRequired`, only if the password was right; `AppError.throttled`; `AppError.passwordsOff`.
    package func signIn(
        email: String, password: String, from client: Client, _ options: SignInOptions = SignInOptions()
    ) async throws -> SignIn {
        try await counting { try await passwordSignIn(EmailAddress(email), password, from: client, options) }
    }

    /// Counts an attempt to sign in by its outcome.
    func counting<Value>(_ attempt: () async throws -> Value) async throws -> Value {
        do {
            let value = try await attempt()
            signIns.increment(.ok)
            return value
        } catch {
            signIns.increment(SignInOutcome(error))
            throw error
        }
    }

    private func passwordSignIn(
        _ address: EmailAddress?, _ password: String, from client: Client, _ options: SignInOptions
    ) async throws -> SignIn {
        guard allowsPasswords else { throw AppError.passwordsOff }
        let (user, passwordHash, device) = try await RefusalDelay.refusing(
            .signIn, for: address, from: client, in: audit
        ) {
            try await throttles.signIn(address, from: client) { device in
                let found = try await verifiedUser(address, password, from: client, isKnownDevice: device != nil)
                return (found.user, found.passwordHash, device)
            }
        }
        return try await start(user, after: .password(hash: passwordHash), from: client, options, device: device)
    }

    /// Decides what follows a right first factor: a session, unless something else must be shown first. Every sign-in
    /// with a password comes through here, and with a provider to an account that was there; the store begins no
    /// session by that alone if there is a second factor. A passkey does if the address was to be verified or the
    /// deletion to be cancelled.
    func start(
        _ user: User, after first: FirstFactor, from client: Client, _ options: SignInOptions,
        device: KnownDevice? = nil, wasVerified: Bool = false
    ) async throws -> SignIn {
        let isKnownDevice = wasVerified || device != nil
        try await requireVerifiedAddress(of: user, after: first, from: client)
        if user.hasSecondFactor, !first.includesSecond {
            let time = now()
            if let device, let end = device.trustedUntil, end > time {
                return try await start(
                    user, by: first.credential(onTrusted: device.digest, at: time), from: client, options,
                    notifying: nil)
            }
            throw AppError.secondFactorRequired(
                try await secondFactors.ask(
                    user, after: first, isRemembered: options.isRemembered, isKnownDevice: isKnownDevice))
        }
        let notice = isKnownDevice ? nil : try await notices.noticeOfSignIn(to: user, from: client)
        return try await start(user, by: first.credential, from: client, options, notifying: notice)
    }

    /// - Throws: `AppError.emailNotVerified`, after an e-mail with a link, if the address must be verified first.
    func requireVerifiedAddress(of user: User, after first: FirstFactor, from client: Client) async throws {
        guard rule == .required, !user.isEmailVerified, user.mustVerify || !isMailDown() else { return }
        try await audit.signInFailed(.emailNotVerified, email: user.email, user: user.id, from: client)
        // An address gets one e-mail a minute, of whatever kind.
        try await verification.send(user.email, from: client)
        throw AppError.emailNotVerified(
            PendingVerification(email: user.email, credentialDigest: try first.digest()))
    }

    func start(
        _ user: User, by credential: SignInCredential, from client: Client, _ options: SignInOptions,
        notifying notice: SecurityNotice?
    ) async throws -> SignIn {
        let device =
            options.keepsDevice
            ? try await throttles.newDevice(of: user.email, from: client, isTrusted: options.trustsDevice) : nil
        let signIn = try await sessions.start(
            for: user, by: credential, from: client, options, device: device, notifying: notice)
        notices.send(notice)
        return signIn
    }

    /// Verifies the address with the code that was mailed to it, and signs in: the first factor was right before. The
    /// account at the address may be of another person, who signed up with it first and chose another password; no code
    /// verifies that one here.
    /// - Throws: `AppError.notFound` for a wrong code, and for any code if the first factor is not the account's;
    ///   `AppError.badCredentials` if it has changed meanwhile.
    package func verify(
        _ pending: PendingVerification, code: String, from client: Client, _ options: SignInOptions = SignInOptions()
    ) async throws -> SignIn {
        let owner = try await holder(of: pending)
        try await verification.verify(
            code: code, of: pending.email, by: owner, where: owner != nil, from: client)
        guard let user = try await store.user(pending.email), user.isActive,
            let first = try await firstFactor(of: user.id, withDigest: pending.credentialDigest)
        else { throw AppError.badCredentials }
        return try await start(user, after: first, from: client, options, wasVerified: true)
    }

    /// Mails another link and code; or again, that the address has an account already. Neither the result nor the work
    /// tells which.
    /// - Throws: `AppError.throttled`.
    package func mailAgain(_ pending: PendingVerification, from client: Client) async throws {
        try await verification.requestAgain(pending.email, isOwn: try await holder(of: pending) != nil, from: client)
    }

    /// The account with the address, if the first factor is its own.
    private func holder(of pending: PendingVerification) async throws -> UserID? {
        // The queries are the same without an account.
        let user = try await store.user(pending.email)?.id ?? UserID(rawValue: "")
        return try await firstFactor(of: user, withDigest: pending.credentialDigest) == nil ? nil : user
    }

    /// Keeps an account whose deletion was requested, after a sign-in with the right first factor, and signs in.
    /// - Throws: `AppError.badCredentials` if it is no longer there to keep, or the first factor has changed.
    package func cancelDeletion(
        _ pending: PendingDeletion, from client: Client, _ options: SignInOptions = SignInOptions()
    ) async throws -> SignIn {
        let event = AuditEvent(.deletionCancelled, at: now(), by: client.source, user: pending.userID)
        guard let first = try await firstFactor(of: pending.userID, withDigest: pending.credentialDigest),
            let user = try await store.cancelDeletion(
                of: pending.userID, requestedAt: pending.requestedAt, by: first, recording: event)
        else { throw AppError.badCredentials }
        sessions.forget(user.id)
        // Requesting the deletion has made every device forgotten, which says nothing about this one.
        return try await start(user, after: first, from: client, options)
    }

    /// The first factor of a user that has this digest, if it still holds.
    private func firstFactor(of user: UserID, withDigest digest: String) async throws -> FirstFactor? {
        let password = try await store.passwordHash(of: user).map { FirstFactor.password(hash: $0) }
        let linked = try await store.linkedAccounts(of: user).map { FirstFactor.provider($0.identity) }
        let passkeys = try await store.passkeys(of: user).map { FirstFactor.passkey($0.id) }
        return try ([password].compactMap(\.self) + linked + passkeys).first { try $0.digest() == digest }
    }

    /// The user with this address and password, with the hash that the password was checked against.
    private func verifiedUser(
        _ address: EmailAddress?, _ password: String, from client: Client, isKnownDevice: Bool
    ) async throws -> (user: User, passwordHash: String) {
        let known = try await address.asyncFlatMap { try await store.credentials(for: $0) }
        let share = FairShare(client, isFavoured: isKnownDevice)
        let verdict = try await hasher.verdict(on: password, against: known?.passwordHash, for: share)
        guard case .right(let isOutdated) = verdict, let known else {
            try await audit.signInFailed(
                known == nil ? .unknownAccount : .wrongPassword, email: address, user: known?.user.id, from: client)
            throw AppError.badCredentials
        }
        try await requireActive(known.user, after: .password(hash: known.passwordHash), from: client)
        // Rehashing is optional: if there is no capacity now, a later sign-in does it.
        if isOutdated, let password = try? NewPassword(password),
            let hash = try? await hasher.hash(password, for: share)
        {
            let isReplaced = try? await store.replacePasswordHash(
                of: known.user.id, from: known.passwordHash, to: hash)
            if isReplaced == true { return (known.user, hash) }
        }
        return known
    }

    /// - Throws: `AppError.inactiveAccount`; `AppError.deletionPending`.
    func requireActive(_ user: User, after first: FirstFactor, from client: Client) async throws {
        if let requestedAt = user.deletionRequestedAt {
            try await audit.signInFailed(.deletionPending, email: user.email, user: user.id, from: client)
            throw AppError.deletionPending(
                PendingDeletion(
                    userID: user.id, requestedAt: requestedAt, credentialDigest: try first.digest()))
        }
        guard user.isActive else {
            try await audit.signInFailed(.inactiveAccount, email: user.email, user: user.id, from: client)
            throw AppError.inactiveAccount
        }
    }
}
