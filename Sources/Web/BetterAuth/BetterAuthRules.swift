import HTTPServer

/// Rules about bodies and origins, shared by Better Auth's endpoints.
struct BetterAuthRules: Sendable {
    let origins: OriginPolicy
}
