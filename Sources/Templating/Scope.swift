/// The names that are visible at one point of a template.
struct Scope {
    var names: [String: Reference]
    /// True inside a partial, which sees only its arguments.
    var isPartial = false
    var modelSlots = 1
    var stringSlots = 0
    var loopSlots = 0
}
