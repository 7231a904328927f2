import Auth
import Basics
import Calendar
import Domain
import HTTPServer
import Logging
import Mail
import NIOHTTP1
import Templating

/// The services that the site depends on.
package struct SiteServices: Sendable {
    package var configuration: SiteConfiguration
    package var auth: AuthService
    package var sessions: SessionService
    package var proof: RecentProof
    package var mailedProof: MailedProof
    package var apiTokens: APITokenService
    package var secondFactors: SecondFactorService
    package var passkeys: PasskeyService
    package var providers: ProviderService
    package var accounts: AccountService
    package var resets: PasswordResetService
    package var recoveryCodes: RecoveryCodeService
    package var recoveryCodeResets: RecoveryCodeReset
    package var verification: VerificationService
    package var emailChanges: EmailChangeService
    package var recoveries: RecoveryService
    package var deletions: DeletionService
    package var invitations: InvitationService
    package var tasks: TaskService
    package var feed: ChangeFeed
    package var zones: TimeZoneDatabase
    package var keys: KeyRing
    package var issuers: TrustedIssuers
    package var reminders: ReminderMails
    package var admin: AdminServices
    package var audit: AuditTrail
    package var now: @Sendable () -> Timestamp
    package var cookie: SessionCookie
    package var formTokens: FormTokens
    package var templates: TemplateLibrary
    package var assets: StaticFiles
    /// The mail of development, to be shown on a page.
    package var mailFolder: MailFolder?
    package var logger: Logger
    /// Returns the problem, or nil if requests can be served.
    package var readinessProblem: @Sendable () async -> String?
    /// The metrics on the public port; nil to serve none there.
    package var metrics: MetricsAccess?
    /// The state of each part, for the operator; nil to show none.
    package var status: (@Sendable () async -> ServerStatus)?

    package init(
        configuration: SiteConfiguration, auth: AuthService, sessions: SessionService, proof: RecentProof,
        mailedProof: MailedProof, apiTokens: APITokenService, secondFactors: SecondFactorService,
        passkeys: PasskeyService,
        providers: ProviderService,
        accounts: AccountService,
        resets: PasswordResetService, recoveryCodes: RecoveryCodeService, recoveryCodeResets: RecoveryCodeReset,
        verification: VerificationService,
        emailChanges: EmailChangeService, recoveries: RecoveryService, deletions: DeletionService,
        invitations: InvitationService, tasks: TaskService, feed: ChangeFeed, zones: TimeZoneDatabase, keys: KeyRing,
        issuers: TrustedIssuers, reminders: ReminderMails, admin: AdminServices,
        audit: AuditTrail, now: @escaping @Sendable () -> Timestamp, cookie: SessionCookie, formTokens: FormTokens,
        templates: TemplateLibrary, assets: StaticFiles, mailFolder: MailFolder? = nil, logger: Logger,
        metrics: MetricsAccess? = nil, readinessProblem: @escaping @Sendable () async -> String?,
        status: (@Sendable () async -> ServerStatus)? = nil
    ) {
        self.configuration = configuration
        self.auth = auth
        self.sessions = sessions
        self.proof = proof
        self.mailedProof = mailedProof
        self.apiTokens = apiTokens
        self.secondFactors = secondFactors
        self.passkeys = passkeys
        self.providers = providers
        self.accounts = accounts
        self.resets = resets
        self.recoveryCodes = recoveryCodes
        self.recoveryCodeResets = recoveryCodeResets
        self.verification = verification
        self.emailChanges = emailChanges
        self.recoveries = recoveries
        self.deletions = deletions
        self.invitations = invitations
        self.tasks = tasks
        self.feed = feed
        self.zones = zones
        self.keys = keys
        self.issuers = issuers
        self.reminders = reminders
        self.admin = admin
        self.audit = audit
        self.now = now
        self.cookie = cookie
        self.formTokens = formTokens
        self.templates = templates
        self.assets = assets
        self.mailFolder = mailFolder
        self.logger = logger
        self.metrics = metrics
        self.readinessProblem = readinessProblem
        self.status = status
    }
}
