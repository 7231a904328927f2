/// The meaning of a column, whatever its name.
enum ImportColumn: Sendable {
    case id, email, isVerified, name, image, hash, isActive, isDisabled, isBanned, banExpiry, hasSecondFactor
    case userID, provider
    /// Better Auth's linked accounts: the provider's id of the user, and its issuer.
    case accountID, issuer
    /// Better Auth's second factors.
    case secret, backupCodes
    /// Better Auth's passkeys.
    case publicKey, credentialID, counter, deviceType, isBackedUp, transports, aaguid
    /// Better Auth's pending links and codes.
    case identifier, expiresAt
    case title, description, isCompleted, completedAt
    case createdAt, updatedAt
    /// PocketBase's: a collection's kind, and columns of its own that need no counterpart.
    case type, isSystem, tokenKey, emailVisibility
    /// PocketBase's linked accounts: the collection of their users, and the provider's name.
    case collection, providerName

    /// The column's possible names, in lower case and without underscores, the most common first.
    var names: [String] {
        switch self {
        case .id: ["id"]
        case .email: ["email"]
        case .isVerified: ["emailverified", "isemailverified", "isverified", "verified"]
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
        case .accountID: ["accountid"]
        case .issuer: ["issuer"]
        case .secret: ["secret"]
        case .backupCodes: ["backupcodes"]
        case .publicKey: ["publickey"]
        case .credentialID: ["credentialid"]
        case .counter: ["counter"]
        case .deviceType: ["devicetype"]
        case .isBackedUp: ["backedup"]
        case .transports: ["transports"]
        case .aaguid: ["aaguid"]
        case .identifier: ["identifier"]
        case .expiresAt: ["expiresat"]
        case .title: ["title"]
        case .description: ["description", "details"]
        case .isCompleted: ["completed", "iscompleted", "done", "isdone"]
        case .completedAt: ["completedat"]
        case .createdAt: ["createdat", "created"]
        case .updatedAt: ["updatedat", "updated"]
        case .type: ["type"]
        case .isSystem: ["system"]
        case .tokenKey: ["tokenkey"]
        case .emailVisibility: ["emailvisibility"]
        case .collection: ["collectionref", "collectionid"]
        case .providerName: ["provider"]
        }
    }
}
