import HTTPServer

/// What Better Auth's endpoints share: their rules about bodies and origins.
struct BetterAuthRules: Sendable {
    let origins: OriginPolicy
}
