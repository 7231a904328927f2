import HTTPServer
import Logging
import Mail
import Templating
import Web

extension Services {
    /// The site on these services.
    package func site(
        _ configuration: SiteConfiguration, templates: TemplateLibrary, assets: StaticFiles,
        mailFolder: MailFolder? = nil, facts: ServerFacts = ServerFacts(), logger: Logger,
        metrics: MetricsAccess? = nil,
        readinessProblem: @escaping @Sendable () async -> String?,
        status: (@Sendable () async -> ServerStatus)? = nil
    ) -> Site {
        Site(
            SiteServices(
                configuration: configuration, auth: auth, sessions: sessions, proof: proof,
                mailedProof: mailedProof, apiTokens: apiTokens, secondFactors: secondFactors, passkeys: passkeys,
                providers: providers,
                accounts: accounts, resets: resets,
                recoveryCodes: recoveryCodes, recoveryCodeResets: recoveryCodeResets,
                verification: verification,
                emailChanges: emailChanges, recoveries: recoveries,
                deletions: deletions, invitations: invitations, tasks: tasks, feed: feed, zones: zones, keys: keys,
                issuers: issuers, reminders: reminderMails, admin: admin(facts), audit: audit, now: clocks.now,
                cookie: cookie,
                formTokens: formTokens,
                templates: templates,
                assets: assets, mailFolder: mailFolder, logger: logger, metrics: metrics,
                readinessProblem: readinessProblem, status: status))
    }

    private func admin(_ facts: ServerFacts) -> AdminServices {
        AdminServices(
            setup: adminSetup, administration: administration(by:), trail: auditStore,
            verification: auditVerification, outbox: outbox, mailSignal: mailSignal, server: facts)
    }

    /// The writer of the e-mails of these services.
    /// - Parameter ownOrigin: our own origin, which links begin with.
    package func mailComposer(
        _ templates: TemplateLibrary, ownOrigin: @escaping @Sendable () -> String
    ) -> MailComposer {
        MailComposer(
            templates: templates, resets: resets, verification: verification, emailChanges: emailChanges,
            recoveries: recoveries, deletions: deletions, mailedProof: mailedProof, tasks: tasks,
            reminders: reminderMails, accounts: accountStore, zones: zones, ownOrigin: ownOrigin, now: clocks.now)
    }
}
