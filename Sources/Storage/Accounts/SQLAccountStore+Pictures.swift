import Domain

extension SQLAccountStore {
    package func picture(_ digest: String) async throws -> Picture? {
        let found = try await translatingErrors {
            try await database.read { connection in
                // While an account waits for its first verification, its picture would tell that the address was new.
                try connection.row(
                    """
                    SELECT format, content FROM pictures JOIN users ON users.id = pictures.user_id
                     WHERE digest = \(digest) AND (email_verified OR NOT must_verify) LIMIT 1
                    """
                ) { (format: $0.text(0), content: $0.blob(1)) }
            }
        }
        guard let found, let format = PictureFormat(rawValue: found.format) else { return nil }
        return Picture(format: format, content: found.content, digest: digest)
    }

    package func usersWithDataURLs(limit: Int) async throws -> [(id: UserID, image: String)] {
        let found = try await translatingErrors {
            try await database.read { connection in
                try connection.rows(
                    """
                    SELECT id, image FROM users WHERE lower(substr(image, 1, 5)) = 'data:' ORDER BY id LIMIT \(limit)
                    """
                ) { [$0.text(0), $0.text(1)] }
            }
        }
        return found.map { (id: UserID(rawValue: $0[0]), image: $0[1]) }
    }

    package func replaceDataURL(_ image: String, of id: UserID, with picture: Picture?) async throws {
        try await translatingErrors {
            _ = try await database.write { connection in
                let changed = try connection.execute(
                    "UPDATE users SET image = \(picture?.path) WHERE id = \(id) AND image = \(image)")
                guard changed > 0 else { return }
                try connection.announce(.user(id))
                if let picture { try connection.insert(picture, of: id) }
            }
        }
    }
}

extension Connection {
    /// Stores a new picture of a user who has none.
    /// - Throws: `StorageError.unavailable` if that would take from the disk's reserve.
    func add(_ picture: Picture, of user: UserID) throws {
        try requireRoom()
        try insert(picture, of: user)
    }

    /// Stores the picture of a user who has none.
    func insert(_ picture: Picture, of user: UserID) throws {
        try execute(
            """
            INSERT INTO pictures (user_id, digest, format, content)
            VALUES (\(user), \(picture.digest), \(picture.format.rawValue), \(picture.content))
            """)
    }
}
