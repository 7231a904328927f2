import Calendar
import Domain
import HTTPServer

extension AccountHandlers {
    func learnLocale(of user: User, from form: FormFields) async {
        await learnLocale(
            of: user, zone: form["time_zone"], language: form["language"], weekStart: form["week_start"])
    }

    /// Keeps the zone, the language and the first day of the week that the browser tells, unless the account has a zone.
    /// A sign-in never fails for it.
    func learnLocale(of user: User, zone: String?, language: String?, weekStart: String? = nil) async {
        let weekStart = weekStart.flatMap { Weekday(name: $0) } ?? user.locale.weekStart
        guard user.locale.timeZone == nil, let zone, !zone.isEmpty,
            let locale = try? UserLocale(
                timeZone: zone, weekStart: weekStart.name, language: language ?? "", in: zones)
        else { return }
        try? await accounts.setLocale(of: user, to: locale)
    }
}
