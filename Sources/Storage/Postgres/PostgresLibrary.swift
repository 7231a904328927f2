import CPostgres

/// libpq, loaded once, when the first connection is opened.
enum PostgresLibrary {
    private static let problem: String? = latchkey_pq_load().map { String(cString: $0) }

    /// - Throws: `StorageError.unusable` if the library is not installed.
    static func load() throws {
        if let problem { throw StorageError.unusable(problem) }
    }
}

/// C string arrays: each string ends with a zero byte, the array with a null pointer.
enum CStrings {
    static func with<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = texts.map { text -> UnsafeMutablePointer<CChar> in
            let bytes = text.utf8CString
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            for (index, byte) in bytes.enumerated() { (copy + index).initialize(to: byte) }
            return copy
        }
        defer { for copy in copies { copy.deallocate() } }
        let pointers: [UnsafePointer<CChar>?] = copies.map { UnsafePointer($0) } + [nil]
        // A non-empty array always has an address, and this one contains at least the null pointer.
        return pointers.withUnsafeBufferPointer { buffer in
            withUnsafePointer(to: nil as UnsafePointer<CChar>?) { body(buffer.baseAddress ?? $0) }
        }
    }
}
