import Basics
import Crypto
import Domain
import Testing

@testable import Auth

/// Complete pictures of one pixel, well known among testers of browsers.
enum OnePixel {
    static let png =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    static let lossyWebP = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"
    static let losslessWebP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
}

@Suite struct PictureInputTests {
    @Test func `a data URL of a picture is the picture`() throws {
        for (type, data) in [
            ("image/png", OnePixel.png), ("IMAGE/PNG", OnePixel.png), ("image/webp", OnePixel.lossyWebP),
            ("image/webp", OnePixel.losslessWebP),
        ] {
            let picture = try #require(try PictureInput("data:\(type);base64,\(data)").picture)
            #expect(picture.format.mediaType == type.lowercased())
            #expect(Base64.encode(picture.content) == data)
            #expect(picture.digest == Hexadecimal.encode(try SHA256.hash(picture.content)))
            #expect(picture.path == "/pictures/" + picture.digest)
        }
    }

    @Test func `a web address is kept as it is`() throws {
        for address in [
            "", "https://example.com/a.png", "http://x/y.png", "HTTPS://example.com", "https://example.com/ä?b=c#d",
            "https://lh3.googleusercontent.com/a/ACg8ocK=s96-c", "https://" + String(repeating: "a", count: 2040),
        ] {
            let input = try PictureInput(address)
            #expect(input == .address(address) && input.image == address && input.picture == nil)
        }
    }

    @Test func `anything else is refused`() {
        let wrong: [(String, FieldIssue.Kind)] = [
            ("x", .wrongValue), ("/avatars/1.png", .wrongValue), ("javascript:alert(1)", .wrongValue),
            ("https://", .wrongValue), ("https:///a", .wrongValue), ("https://a/\" onerror=\"x", .wrongValue),
            ("https://a/\n", .wrongValue), ("https://" + String(repeating: "a", count: 2041), .tooLong),
            ("data:", .wrongValue), ("data:,x", .wrongValue), ("data:image/png,\(OnePixel.png)", .wrongValue),
            ("data:image/png;base64,", .wrongValue), ("data:image/png;base64,AAAA", .wrongValue),
            ("data:image/png;base64,\(OnePixel.png.dropLast())", .wrongValue),
            ("data:image/png;base64, \(OnePixel.png)", .wrongValue),
            ("data:image/png;charset=utf-8;base64,\(OnePixel.png)", .wrongValue),
            ("data:image/jpeg;base64,\(OnePixel.png)", .wrongValue),
            ("data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==", .wrongValue),
            ("data:image/svg+xml;base64,PHN2Zy8+", .wrongValue), ("DATA:text/html,<script>", .wrongValue),
            ("data:image/png;base64," + String(repeating: "A", count: 400_000), .tooLong),
        ]
        for (text, kind) in wrong {
            let error = #expect(throws: AppError.self) { try PictureInput(text) }
            guard case .invalid(let issues)? = error else { return #expect(Bool(false)) }
            #expect(issues.map(\.field) == ["image"] && issues.map(\.kind) == [kind], "\(text.prefix(60))")
        }
    }

    @Test func `256 KiB are accepted, one byte more is not, nor is a picture that is too wide`() throws {
        var content = try #require(Base64.decode(OnePixel.png.utf8))
        content += [UInt8](repeating: 0, count: Picture.maximumBytes - content.count)
        func read(_ content: [UInt8]) throws(AppError) -> PictureInput {
            try PictureInput("data:image/png;base64," + Base64.encode(content))
        }
        #expect(try read(content).picture?.content.count == 262_144)
        #expect(throws: AppError.self) { try read(content + [0]) }
        // The width of 4,096 and of 4,097 pixels.
        content[18] = 0x10
        content[19] = 0
        #expect(throws: Never.self) { try read(content) }
        content[19] = 1
        #expect(throws: AppError.self) { try read(content) }
    }

    @Test func `pictures that earlier versions stored with the user are migrated`() async throws {
        try await AuditedServices.with { services in
            let good = "data:image/png;base64," + OnePixel.png
            let images: [String?] = [
                good, "Data:image/gif;base64,R0lGODlhAQABAAAAADs=", "https://example.com/a.png", nil, good,
            ]
            for (number, image) in images.enumerated() {
                let up = try await services.signUp("user\(number)")
                try await services.database.write {
                    _ = try $0.execute("UPDATE users SET image = \(image) WHERE id = \(up.user.id)")
                }
            }
            let counts = try await services.accounts.storeDataURLs()
            #expect(counts == (stored: 2, removed: 1))
            let found = try await services.database.read {
                try $0.rows("SELECT image FROM users ORDER BY id") { $0.optionalText(0) }
            }
            let picture = try #require(try PictureInput(good).picture)
            #expect(found == [picture.path, nil, "https://example.com/a.png", nil, picture.path])
            #expect(try await services.accounts.picture(picture.digest) == picture)
            #expect(try await services.accounts.storeDataURLs() == (stored: 0, removed: 0))
        }
    }

    @Test func `a picture belongs to its user, and is deleted with the user or when replaced`() async throws {
        try await AuditedServices.with { services in
            let (png, webp) = ("data:image/png;base64," + OnePixel.png, "data:image/webp;base64," + OnePixel.lossyWebP)
            let digest = try #require(try PictureInput(png).picture?.digest)
            var users: [User] = []
            for name in ["alice", "bob"] {
                users.append(
                    try #require(
                        try await services.auth.signUp(
                            .init(email: "\(name)@example.com", password: "wool-sky", username: nil, image: png),
                            from: AuditedServices.client
                        ).signIn
                    ).user)
            }
            #expect(users.map(\.image) == Array(repeating: "/pictures/" + digest, count: 2))
            func isThere() async throws -> Bool { try await services.accounts.picture(digest) != nil }
            // Sent back unchanged, the picture stays.
            _ = try await services.accounts.update(users[0], username: .keep, image: Patch(users[0].image))
            await #expect(throws: AppError.self) {
                try await services.accounts.update(
                    users[0], username: .keep, image: .set("/pictures/" + String(digest.reversed())))
            }
            _ = try await services.accounts.update(users[0], username: .set("Al"), image: .keep)
            #expect(try await services.accountStore.user(users[0].id)?.image == users[0].image)
            let changed = try await services.accounts.update(users[0], username: .keep, image: .set(webp))
            #expect(changed.image != users[0].image)
            #expect(try await isThere())
            _ = try await services.administration(by: .server).delete(users[1])
            #expect(try await !isThere())
            _ = try await services.accounts.update(changed, username: .keep, image: .clear)
            let left = try await services.database.read {
                try $0.row("SELECT COUNT(*) FROM pictures") { $0.integer(0) }
            }
            #expect(left == 0)
        }
    }
}
