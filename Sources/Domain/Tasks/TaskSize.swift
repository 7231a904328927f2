/// The size of a task in bytes: its texts plus an approximation of the database's overhead.
package enum TaskSize {
    package static let overhead: Int64 = 128

    package static func bytes(title: String, description: String?) -> Int64 {
        text(title: title, description: description) + overhead
    }

    package static func text(title: String?, description: String?) -> Int64 {
        Int64(title?.utf8.count ?? 0) + Int64(description?.utf8.count ?? 0)
    }
}
