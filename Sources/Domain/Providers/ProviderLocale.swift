/// The zone and the language of the browser, for a new account; not checked yet.
package struct ProviderLocale: Sendable, Hashable {
    package let timeZone: String
    package let language: String

    private static let maximumLength = 64

    /// - Returns: nil without a zone, or if a text is too long to be one.
    package init?(timeZone: String?, language: String?) {
        guard let timeZone, !timeZone.isEmpty, timeZone.utf8.count <= Self.maximumLength else { return nil }
        self.timeZone = timeZone
        self.language = language.flatMap { $0.utf8.count <= Self.maximumLength ? $0 : nil } ?? ""
    }
}
