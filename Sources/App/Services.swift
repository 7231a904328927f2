import Auth
import Basics
import Calendar
import Crypto
import Domain
import HTTPClient
import Logging
import Mail
import Storage
import Web

/// All services on one database, built in one place for the server, its commands and the tests.
package final class Services: Sendable {
    package let database: any Database
    package let secrets: Secrets
    package let secretGuard: SecretGuard
    package let clocks: Clocks
    package let ids: UUIDv7Generator

    package let accountStore: SQLAccountStore
    package let auditStore: SQLAuditStore
    package let audit: AuditTrail
    package let auditPruning: AuditPruning
    package let auditVerification: AuditVerification

    package let hasher: PasswordHasher
    package let passwordRule: PasswordRule
    package let devices: KnownDevices
    package let throttles: Throttles
    package let liveSessions: LiveSessions
    package let sessions: SessionService
    package let proof: RecentProof
    package let mailedProof: MailedProof
    package let apiTokens: APITokenService
    package let secondFactors: SecondFactorService
    package let recoveryCodes: RecoveryCodeService
    package let passkeys: PasskeyService
    package let adminSetup: AdminSetup
    package let invitations: InvitationService
    private let notices: SecurityNotices
    package let auth: AuthService
    package let providers: ProviderService
    package let accounts: AccountService
    package let resets: PasswordResetService
    package let recoveryCodeResets: RecoveryCodeReset
    package let verification: VerificationService
    package let emailChanges: EmailChangeService
    package let recoveries: RecoveryService
    package let deletions: DeletionService
    package let outbox: SQLMailOutbox
    package let reminders: SQLReminderStore
    package let reminderMails: ReminderMails
    /// Sent when mail was put into the outbox.
    package let mailSignal: MailSignal
    package let mailHealth: MailHealth
    package let tasks: TaskService
    /// Wakes the streams of events.
    package let hub: ChangeHub
    package let feed: ChangeFeed
    package let zones: TimeZoneDatabase
    package let keys: KeyRing
    package let issuers: TrustedIssuers
    package let cookie: SessionCookie
    package let formTokens: FormTokens

    /// - Parameters:
    ///   - fetcher: fetches the keys of trusted issuers; nil for one that uses `sender`.
    ///   - sender: sends requests to other services; nil for one made from the settings.
    ///   - hasher: nil for one made from the settings; `close` shuts it down in any case.
    ///   - logger: receives what the operator should know: new keys, refused keys, reports about trusted issuers.
    package init(
        _ database: any Database, _ secrets: Secrets, _ settings: ServiceSettings, logger: Logger,
        clocks: Clocks = .system, zones: TimeZoneDatabase = .system, fetcher: (any DocumentFetcher)? = nil,
        sender: (any RequestSender)? = nil, hasher: PasswordHasher? = nil
    ) throws {
        let now = clocks.now
        (self.database, self.secrets, self.clocks, self.zones) = (database, secrets, clocks, zones)
        ids = UUIDv7Generator()
        secretGuard = try SecretGuard(database, secrets)

        let seal = try AuditSeal(secrets)
        let chain = AuditChain(seal, onBrokenEnd: settings.onBrokenAuditTrail)
        accountStore = SQLAccountStore(database, audit: chain)
        auditStore = SQLAuditStore(database, chain: chain)
        audit = try AuditTrail(store: auditStore, secrets: secrets, now: now)
        auditPruning = AuditPruning(store: auditStore, sealer: seal, now: now)
        auditVerification = AuditVerification(store: auditStore, sealer: seal)

        self.hasher = try hasher ?? PasswordHasher(cost: settings.bcryptCost, threads: settings.hashThreads)
        passwordRule = PasswordRule(isStrict: settings.hasStrictPasswords)
        devices = KnownDevices(lookUp: accountStore.knownDevice, now: now)
        let hub = ChangeHub()
        self.hub = hub
        let liveTokens = LiveAPITokens()
        liveSessions = LiveSessions { removal in
            switch removal {
            case .session(let id): hub.wake(id)
            case .user(let id):
                liveTokens.removeAll(of: id)
                hub.wake(id, .session)
            case .all: liveTokens.removeAll()
            }
        }
        sessions = SessionService(
            store: accountStore, tokens: try AccessTokens(secrets, audience: settings.ownOrigin), live: liveSessions,
            ids: ids, lifetimes: settings.sessionLifetimes, trustsSharedSecret: settings.trustsSharedSecret,
            audit: audit, now: now)
        throttles = try Throttles(
            store: settings.sharesThrottles
                ? SQLThrottleStore(database, now: now) : InMemoryThrottleStore(now: clocks.monotonicMilliseconds),
            rules: settings.throttleRules, secrets: secrets, devices: devices, isKnownAddress: sessions.hasSession)

        adminSetup = AdminSetup(
            store: accountStore, sessions: sessions, throttles: throttles, audit: audit,
            onEnd: { [file = settings.setupTokenFile] in file?.remove() }, now: now)
        invitations = InvitationService(
            settings.signUp, store: SQLInvitationStore(database, audit: chain), accounts: accountStore,
            throttles: throttles, ids: ids, audit: audit, now: now)
        mailSignal = MailSignal()
        mailHealth = MailHealth()
        outbox = SQLMailOutbox(database, audit: chain)
        let tokens = try MailTokens(secrets)
        let links = LinkMailer(
            store: accountStore, throttles: throttles, tokens: tokens, ids: ids, audit: audit, signal: mailSignal,
            now: now)
        notices = SecurityNotices(
            isOn: settings.sendsMail, tokens: tokens, ids: ids, audit: audit, signal: mailSignal, now: now)
        resets = PasswordResetService(
            store: accountStore, hasher: self.hasher, sessions: sessions, passwordRule: passwordRule, links: links,
            notices: notices, audit: audit, now: now)
        verification = VerificationService(
            store: accountStore, sessions: sessions, links: links, audit: audit, now: now)

        let verifier = try PasskeyVerifier(
            store: accountStore, secrets: secrets, origin: settings.ownOrigin, notices: notices, now: now)
        recoveries = RecoveryService(
            store: accountStore, secrets: secrets, passkeys: verifier, hasher: self.hasher, sessions: sessions,
            throttles: throttles, passwordRule: passwordRule, links: links, notices: notices, audit: audit, now: now)
        proof = RecentProof(
            store: accountStore, hasher: self.hasher, passkeys: verifier, sessions: sessions, throttles: throttles,
            audit: audit, now: now)
        secondFactors = SecondFactorService(
            store: accountStore, secrets: secrets, passkeys: verifier, proof: proof, sessions: sessions,
            notices: notices, audit: audit, ids: ids, now: now)
        recoveryCodes = RecoveryCodeService(
            store: accountStore, secrets: secrets, proof: proof, secondFactors: secondFactors, sessions: sessions,
            notices: notices, ids: ids, now: now)
        recoveryCodeResets = RecoveryCodeReset(
            store: accountStore, secrets: secrets, hasher: self.hasher, passkeys: verifier, sessions: sessions,
            throttles: throttles, passwordRule: passwordRule, audit: audit, now: now)
        mailedProof = MailedProof(
            store: accountStore, links: links, secondFactors: secondFactors, sessions: sessions, notices: notices,
            audit: audit, hasMail: settings.sendsMail, now: now)
        passkeys = PasskeyService(
            store: accountStore, verifier: verifier, secondFactors: secondFactors, proof: proof, notices: notices,
            allowsPasswords: settings.allowsPasswordSignIn, issuers: settings.providers.map(\.issuer), ids: ids,
            now: now)

        // One for all, whose connections they share.
        let sender = sender ?? OutgoingHTTP(settings.outgoing)
        let allowance = AccountAllowance(settings.allowance)
        auth = AuthService(
            store: accountStore, hasher: self.hasher, sessions: sessions, throttles: throttles,
            passwordRule: passwordRule, invitations: invitations, ids: ids, notices: notices, audit: audit,
            verification: verification, secondFactors: secondFactors, passkeys: verifier,
            verifying: settings.emailVerification, allowsPasswords: settings.allowsPasswordSignIn,
            isMailDown: { [mailHealth] in mailHealth.problem != nil }, now: now)
        providers = try ProviderService(
            settings.providers, sender: sender,
            minimumIntervalSeconds: settings.minimumFetchIntervalSeconds, secrets: secrets,
            ownOrigin: settings.ownOrigin, allowsPasswords: settings.allowsPasswordSignIn, store: accountStore,
            auth: auth, sessions: sessions, proof: proof, invitations: invitations, throttles: throttles,
            notices: notices, audit: audit, ids: ids, now: now,
            report: { report in
                logger.warning(
                    "a sign-in with a provider was refused",
                    metadata: ["provider": "\(report.provider)", "cause": "\(report.refusal.cause)"])
            })
        apiTokens = APITokenService(
            store: accountStore, live: liveTokens, sessions: sessions, proof: proof, notices: notices, ids: ids,
            now: now)
        accounts = AccountService(
            store: accountStore, hasher: self.hasher, sessions: sessions, proof: proof,
            passwordRule: passwordRule, allowance: allowance, notices: notices, audit: audit, now: now)
        reminders = SQLReminderStore(database)
        reminderMails = ReminderMails(accounts: accounts, store: accountStore, tokens: tokens)
        deletions = DeletionService(
            store: accountStore, sessions: sessions, links: links, notices: notices, audit: audit,
            hasMail: settings.sendsMail, now: now)
        emailChanges = EmailChangeService(
            store: accountStore, sessions: sessions, proof: proof, policy: settings.signUp, links: links,
            notices: notices, audit: audit, hasMail: settings.sendsMail, now: now)
        let taskStore = SQLTaskStore(database, clocks: clocks, zones: zones, ids: ids) { hub.wake($0, .change) }
        tasks = TaskService(store: taskStore, ids: ids, zones: zones, allowance: allowance, now: now)
        feed = ChangeFeed(store: taskStore, hub: hub, needsPolling: database.isShared)

        keys = KeyRing(
            store: SQLSigningKeyStore(database, audit: chain), secrets: secrets, algorithm: settings.signingAlgorithm,
            now: now,
            onNewKey: { logger.notice("signing key made", metadata: ["key": "\($0)"]) },
            report: { id, cause in
                logger.error("a signing key is refused", metadata: ["key": "\(id)", "cause": "\(cause)"])
            })
        issuers = TrustedIssuers(
            settings.issuers, fetcher: fetcher ?? HTTPFetcher(sender),
            minimumIntervalSeconds: settings.minimumFetchIntervalSeconds,
            store: accountStore, signUp: settings.signUp, ids: ids,
            report: { report in
                logger.warning(
                    "\(report.kind.rawValue)", metadata: ["issuer": "\(report.issuer)", "cause": "\(report.cause)"])
            })
        cookie = try SessionCookie(
            secrets, isSecure: settings.isHTTPS, crossesSites: settings.cookiesCrossSites,
            domain: settings.cookieDomain)
        formTokens = try FormTokens(secrets)
    }

    /// Account administration on the operator's or an admin's behalf.
    /// - Parameter source: the operator or the admin, for the audit trail.
    package func administration(by source: AuditEvent.Source) -> AccountAdministration {
        AccountAdministration(
            store: accountStore, sessions: sessions, hasher: hasher, passwordRule: passwordRule, notices: notices,
            ids: ids, source: source, now: clocks.now)
    }

    /// Forgets cached sessions and keys when other processes or commands change the database.
    package func listenForChanges() throws {
        try database.listen { [sessions, keys, hub] change in
            sessions.forget(change)
            keys.forget(change)
            switch change {
            case .tasks(let owner): hub.wake(owner, .change)
            case .anything: hub.wakeAll([.change, .session])
            case .session, .user, .signingKeys: break
            }
        }
    }

    /// Ends the threads that hash passwords, and closes the database. Nothing may be using either any more.
    package func close() {
        hasher.shutDown()
        database.close()
    }
}
