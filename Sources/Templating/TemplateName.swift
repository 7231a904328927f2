/// A reference to another template.
struct TemplateName {
    let name: String
    let offset: Int
}
