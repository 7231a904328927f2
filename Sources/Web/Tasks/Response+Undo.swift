import Domain
import HTTPServer

extension Response {
    /// The token of a change, which `POST /api/undo` takes for a day.
    static let undoHeader = "latchkey-undo"

    /// The same response with the token of the change that it answers.
    /// - Parameter undo: nil if nothing was changed.
    func offering(_ undo: UndoID?) -> Response {
        guard let undo else { return self }
        var response = self
        response.headers.add(name: Self.undoHeader, value: undo.rawValue)
        return response
    }
}
