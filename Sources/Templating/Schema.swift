/// The names of one model type.
struct Schema {
    let fields: [String: FieldValue]
    /// Sentences about names that no template could use.
    let problems: [String]
}
