import Domain
import HTTPServer

/// `/api/tasks`: the caller's own tasks.
package struct OwnTasksContext: ChildRequestContext, OwnerContext {
    package var parameters: PathParameters
    package let owner: UserID
    package let locale: UserLocale
    package static let mount = (suffix: "", parameters: [String]())

    package init(parent: SignedInContext, request: Request) {
        parameters = parent.parameters
        owner = parent.user.id
        locale = parent.user.locale
    }
}
