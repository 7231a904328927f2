/// The colours of pages that a user has chosen.
package enum Appearance: String, Sendable, CaseIterable {
    /// As the device says.
    case system
    case light
    case dark
}
