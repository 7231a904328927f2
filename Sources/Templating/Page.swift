/// A model that fills a whole page.
@usableFromInline
package protocol Page: TemplateModel {
    /// The template's name below the library's directory, without `.html`: `pages/dashboard`.
    static var template: String { get }
}
