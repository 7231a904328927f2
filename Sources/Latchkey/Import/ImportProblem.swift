/// The outcome for a row that cannot be imported as it is.
struct ImportProblem: Sendable, Equatable {
    enum Effect: Sendable { case userSkipped, taskSkipped, passwordSkipped, passkeySkipped, linkSkipped }

    let place: String
    let reason: String
    let effect: Effect

    var description: String { "\(place): \(reason)" }
}
