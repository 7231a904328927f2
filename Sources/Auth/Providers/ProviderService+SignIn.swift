import Basics
import Domain

/// Signing in after a visit to a provider.
extension ProviderService {
    func signIn(
        _ profile: ProviderProfile, _ provider: SignInProvider, invitation: String?, from client: Client,
        _ options: SignInOptions
    ) async throws -> ProviderOutcome {
        if let user = try await store.user(profile.identity) {
            return try await enter(user, profile, from: client, options)
        }
        guard let email = profile.verifiedEmail else {
            throw ProviderRefusal(
                .noVerifiedAddress, "No account is linked, and the provider tells no address that it has verified.")
        }
        if let user = try await store.user(email) {
            return try await link(profile, provider, to: user, email, from: client, options)
        }
        return try await signUp(profile, provider, email, invitation: invitation, from: client, options)
    }

    /// Signs in to an account that is linked.
    private func enter(
        _ user: User, _ profile: ProviderProfile, from client: Client, _ options: SignInOptions
    ) async throws -> ProviderOutcome {
        var (user, options) = (user, options)
        // The provider may have a session of the browser since long, which is no proof that the owner is there now.
        options.provedAt = profile.authenticatedAt
        let first = FirstFactor.provider(profile.identity)
        try await auth.requireActive(user, after: first, from: client)
        if !user.isEmailVerified, profile.verifiedEmail == user.email {
            let event = AuditEvent(.emailVerified, at: now(), by: client.source, user: user.id)
            user.isEmailVerified = try await store.verify(
                user.email, of: user.id, elsewhere: false, at: event.at, recording: event)
            sessions.forget(user.id)
        }
        let device = try await throttles.knownDevice(of: user.email, client)
        let signIn = try await auth.start(user, after: first, from: client, options, device: device)
        return .signedIn(signIn, isNew: false)
    }

    /// Links an account with the same address, if both sides have verified it, and signs in to it. One whose address was
    /// verified while no one was signed in to it may be another person's, who knows the password. An account with a second
    /// factor is linked by its owner alone, who has shown it.
    private func link(
        _ profile: ProviderProfile, _ provider: SignInProvider, to user: User, _ email: EmailAddress,
        from client: Client, _ options: SignInOptions
    ) async throws -> ProviderOutcome {
        let refusal = ProviderRefusal(
            .accountExists,
            "An account has the address, and is not linked: its address is not verified here or was verified by someone who was not signed in, it has a second factor, or it is to be deleted."
        )
        guard user.isEmailVerified, !user.hasSecondFactor, user.deletionRequestedAt == nil else { throw refusal }
        try await auth.requireActive(user, after: .provider(profile.identity), from: client)
        switch try await storeLink(profile, provider, of: user, where: .sameAddress(email), from: client) {
        case .linked: return try await enter(user, profile, from: client, options)
        case .taken(let owner):
            // By another answer at the same moment.
            guard owner == user.id else { throw refusal }
            return try await enter(user, profile, from: client, options)
        case .refused: throw refusal
        }
    }

    /// Makes an account without a password.
    private func signUp(
        _ profile: ProviderProfile, _ provider: SignInProvider, _ email: EmailAddress, invitation: String?,
        from client: Client, _ options: SignInOptions
    ) async throws -> ProviderOutcome {
        try invitations.checkMode(invitation)
        guard invitations.policy.admits(email) else { throw AppError.signUpRefused(.domainNotAdmitted) }
        let time = now()
        let username = profile.name.flatMap { try? Username.checked($0) } ?? nil
        let user = User(
            id: UserID(rawValue: ids.next(at: time)), email: email, username: username, isEmailVerified: true,
            isActive: true, createdAt: time, updatedAt: time)
        let use = try await RefusalDelay.refusing(.signUp, for: nil, from: client, in: audit) {
            try await throttles.signUp(from: client)
            return try await invitations.use(ofDigest: invitation, by: user, from: client)
        }
        let device = options.keepsDevice ? try await throttles.newDevice(of: email, from: client) : nil
        let (signIn, new) = try sessions.make(for: user, from: client, options, device: device)
        let event = AuditEvent(
            .userCreated, at: time, by: client.source, user: user.id, session: signIn.session.id,
            [.init("provider", provider.name)])
        do {
            try await store.insert(
                user, linkedTo: account(profile, provider, of: user.id, at: time), session: new, using: use,
                recording: event)
        } catch let error as AppError where error == .emailTaken || error == .badCredentials {
            // Another answer may have made the account at the same moment.
            guard let user = try await store.user(profile.identity) else {
                throw ProviderRefusal(.accountExists, "Another account has got the address, or had it lately.")
            }
            return try await enter(user, profile, from: client, options)
        }
        sessions.forgetReplaced(new)
        auth.signUps.increment()
        return .signedIn(signIn, isNew: true)
    }
}
