import Basics
import TestSupport
import Testing

@testable import Storage

@Suite struct DatabasePlaceTests {
    @Test func `a restore excludes servers and other programs`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/source.db"
            let database = try SQLiteDatabase(path: path)
            let used = #expect(throws: StorageError.self) { try DatabasePlace(path) }
            #expect(used?.description.contains("is in use by a running server") == true)
            database.close()
            let shell = try SQLiteConnection(path: path, mode: .readOnly, busyTimeout: 0)
            _ = try shell.row("SELECT COUNT(*) FROM users") { $0.integer(0) }
            let open = #expect(throws: StorageError.self) { try DatabasePlace(path) }
            #expect(open?.description.contains("is open in another program") == true)
            shell.close()
            try FileSystem.write(Array("new".utf8), to: directory + "/new.db")
            let place = try DatabasePlace(path)
            let refused = #expect(throws: StorageError.self) { try SQLiteDatabase(path: path) }
            #expect(refused?.description.contains("is being restored") == true)
            #expect(try place.take(directory + "/new.db", keepingIn: directory + "/kept") == directory + "/kept")
            #expect(try SystemError.bytes(ofFile: path) == Array("new".utf8))
            _ = try DatabaseInspection(SQLiteFile(path: directory + "/kept/source.db"))
        }
    }

    @Test func `restores in the same second keep everything that they replace`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/source.db"
            try FileSystem.write(Array("0".utf8), to: path)
            let place = try DatabasePlace(path)
            for number in 1...3 {
                try FileSystem.write(Array("log of \(number - 1)".utf8), to: path + "-wal")
                try FileSystem.write(Array("\(number)".utf8), to: directory + "/new.db")
                let kept = try #require(try place.take(directory + "/new.db", keepingIn: directory + "/kept"))
                #expect(kept == directory + (number == 1 ? "/kept" : "/kept-\(number)"))
                #expect(try SystemError.bytes(ofFile: path) == Array("\(number)".utf8))
                #expect(!FileSystem.exists(path + "-wal"))
            }
            for (number, name) in ["kept", "kept-2", "kept-3"].enumerated() {
                let kept = directory + "/" + name + "/source.db"
                #expect(try SystemError.bytes(ofFile: kept) == Array("\(number)".utf8))
                #expect(try SystemError.bytes(ofFile: kept + "-wal") == Array("log of \(number)".utf8))
            }
        }
    }
}
