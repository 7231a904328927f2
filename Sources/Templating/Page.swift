/// A model that fills a whole page.
@usableFromInline
package protocol Page: TemplateModel {
    /// The template's name below the library's directory, without `.html`: `pages/dashboard`. A template of plain text
    /// keeps its ending, `mail/reset.text`, and its values are printed as they are.
    static var template: String { get }
}
