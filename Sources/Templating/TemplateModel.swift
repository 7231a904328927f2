/// A type whose values a template may read. `fields` is the whole list of names the template sees; a name that is
/// not in it stops the program at start.
///
///     struct TaskRow: TemplateModel {
///         var title: String
///         var isDone: Bool
///         static var fields: [TemplateField<Self>] {
///             [.text("title") { $0.title }, .flag("isDone") { $0.isDone }]
///         }
///     }
///
/// A model may contain itself (a comment with its answers): the list is only read as far as the templates go.
@usableFromInline
package protocol TemplateModel: Sendable {
    static var fields: [TemplateField<Self>] { get }
}
