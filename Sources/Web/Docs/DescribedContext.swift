import Domain
import HTTPServer

/// A context whose routes can be documented.
protocol DescribedContext: RequestContext {
    static var requirements: Requirements { get }
}

extension SignedInContext: DescribedContext {
    static let requirements = Requirements(
        proofs: [.accessToken, .sessionToken, .sessionCookie],
        answers: [
            .problem(.unauthorized, [AppError.authenticationRequired, AppError.invalidToken, AppError.expiredToken]),
            .unavailable,
        ],
        answersToChanges: [.problem(.forbidden, [OriginPolicy.refusal])])
}

extension SessionContext: DescribedContext {
    static let requirements = Requirements(answers: [.problem(.forbidden, [SessionContext.foreignToken])])
}

extension AdminAPIContext: DescribedContext {
    static let requirements = Requirements(answers: [.problem(.notFound, [HTTPError.unknownPath])])
}

extension OwnTasksContext: DescribedContext {
    static let requirements = Requirements()
}

extension PathOwnerContext: DescribedContext {
    static var requirements: Requirements {
        Requirements(parameters: [.ownerID], answers: [.problem(.forbidden, [AppError.forbidden(Path.refusal)])])
    }
}
