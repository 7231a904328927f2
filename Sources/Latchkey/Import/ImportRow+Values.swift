import Auth
import Basics
import Domain

/// The values of a row, checked against our rules. Each accessor throws `RowProblem` or `AppError.invalid`.
extension ImportRow {
    func userID(_ column: ImportColumn) throws -> UserID {
        guard let text = identifier(column) else { throw RowProblem("has no \(Self.name(column)).") }
        guard let id = UserID(untrusted: text) else {
            throw RowProblem(
                "the \(Self.name(column)) \(text.quotedForDisplay) cannot be kept: an id has 1–128 visible ASCII characters."
            )
        }
        return id
    }

    func email() throws -> EmailAddress {
        guard let text = self[.email] else { throw RowProblem("has no e-mail address.") }
        guard let email = EmailAddress(text) else {
            throw RowProblem("\(text.quotedForDisplay) is not an e-mail address that can sign in here.")
        }
        return email
    }

    func bool(_ column: ImportColumn, default standard: Bool) throws -> Bool {
        guard let text = self[column] else { return standard }
        guard let value = ImportValues.bool(text) else {
            throw RowProblem("\(Self.name(column)) is \(text.quotedForDisplay), neither true nor false.")
        }
        return value
    }

    func time(_ column: ImportColumn) throws -> Timestamp? {
        guard let text = self[column] else { return nil }
        guard let value = ImportValues.time(text) else {
            throw RowProblem("\(Self.name(column)) is \(text.quotedForDisplay), which is not a date and time.")
        }
        return value
    }

    /// The properties of a user that both systems know.
    func user(isActive: Bool, importedAt now: Timestamp) throws -> User {
        let createdAt = try time(.createdAt) ?? now
        return User(
            id: try userID(.id), email: try email(), username: try Username.checked(self[.name]),
            isEmailVerified: try bool(.isVerified, default: false), image: keptImage, isActive: isActive,
            createdAt: createdAt, updatedAt: try time(.updatedAt) ?? createdAt)
    }

    /// The picture in a data URL, if it would be accepted as an upload.
    var picture: Picture? { self[.image].flatMap { try? PictureInput($0).picture } }

    /// The picture's address, unless it is too long, or is a data URL whose picture is not accepted here.
    var keptImage: String? {
        guard let text = self[.image] else { return nil }
        if PictureInput.isDataURL(text) { return picture?.path }
        return text.unicodeScalars.count <= PictureInput.maximumAddressLength ? text : nil
    }

    private static func name(_ column: ImportColumn) -> String {
        switch column {
        case .userID: "user id"
        case .isVerified: "email_verified"
        case .isActive: "is_active"
        case .isDisabled: "disabled"
        case .isBanned: "banned"
        case .banExpiry: "banExpires"
        case .hasSecondFactor: "twoFactorEnabled"
        case .isBackedUp: "backedUp"
        case .isCompleted: "completed"
        case .completedAt: "completed_at"
        case .createdAt: "created_at"
        case .updatedAt: "updated_at"
        default: column.names.first ?? ""
        }
    }
}
