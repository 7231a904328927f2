/// The meaning of a column, whatever its name.
enum ImportColumn: Sendable {
    case id, email, isVerified, name, image, hash, isActive, isDisabled, isBanned, banExpiry, hasSecondFactor
    case userID, provider
    case title, description, isCompleted, completedAt
    case createdAt, updatedAt

    /// The column's possible names, in lower case and without underscores, the most common first.
    var names: [String] {
        switch self {
        case .id: ["id"]
        case .email: ["email"]
        case .isVerified: ["emailverified", "isemailverified", "isverified"]
        case .name: ["name", "username", "displayname", "fullname"]
        case .image: ["image"]
        case .hash: ["hashedpassword", "passwordhash", "password"]
        case .isActive: ["isactive", "active"]
        case .isDisabled: ["disabled", "isdisabled"]
        case .isBanned: ["banned"]
        case .banExpiry: ["banexpires"]
        case .hasSecondFactor: ["twofactorenabled"]
        case .userID: ["userid", "ownerid"]
        case .provider: ["providerid"]
        case .title: ["title"]
        case .description: ["description", "details"]
        case .isCompleted: ["completed", "iscompleted", "done", "isdone"]
        case .completedAt: ["completedat"]
        case .createdAt: ["createdat"]
        case .updatedAt: ["updatedat"]
        }
    }
}
