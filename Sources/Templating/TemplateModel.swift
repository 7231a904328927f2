/// A type whose values a template may read. `fields` lists all names that the template sees; any other name is an error
/// at startup.
///
///     struct TaskRow: TemplateModel {
///         var title: String
///         var isDone: Bool
///         static var fields: [TemplateField<Self>] {
///             [.text("title") { $0.title }, .flag("isDone") { $0.isDone }]
///         }
///     }
///
/// A model may contain itself (a comment with its replies): the list is read only as far as the templates require.
@usableFromInline
package protocol TemplateModel: Sendable {
    static var fields: [TemplateField<Self>] { get }
}
