/// A setting as the program runs with it.
package struct ShownSetting: Sendable, Equatable {
    package let name: String
    /// The text of its value, or the default as the table of settings describes it; nil for a secret that is set.
    package let text: String?
    /// Its source: a flag, the environment, a file; nil for the default.
    package let source: String?

    package init(name: String, text: String?, source: String?) {
        (self.name, self.text, self.source) = (name, text, source)
    }
}
