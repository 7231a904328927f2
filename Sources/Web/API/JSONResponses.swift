import Domain
import HTTPServer
import JSON
import NIOCore
import NIOHTTP1

extension Response {
    /// A JSON answer that no cache may keep.
    static func json(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:], _ write: (inout JSONWriter) -> Void)
        -> Response
    {
        var json = JSONWriter()
        write(&json)
        var response = Response(status: status, contentType: "application/json", bytes: json.bytes, headers: headers)
        response.headers.add(name: "cache-control", value: "no-store")
        return response
    }
}

extension JSONWriter {
    mutating func member(_ name: StaticString, _ time: Timestamp) {
        self.name(name)
        string(unescaped: 24) { time.writeRFC3339(into: $0) }
    }

    /// What clients see of a task; a new column is not sent before it is written down here.
    mutating func task(_ task: TaskItem) {
        object {
            $0.member("id", task.id.rawValue)
            $0.member("user_id", task.ownerID.rawValue)
            $0.member("title", task.title)
            $0.member("description", task.details)
            $0.member("completed", task.isCompleted)
            $0.member("created_at", task.createdAt)
            $0.member("updated_at", task.updatedAt)
            if let completedAt = task.completedAt {
                $0.member("completed_at", completedAt)
            } else {
                $0.name("completed_at")
                $0.null()
            }
        }
    }

    /// What clients see of a user.
    mutating func user(_ user: User) {
        object {
            $0.member("id", user.id.rawValue)
            $0.member("email", user.email.text)
            $0.member("username", user.username)
            $0.member("is_active", user.isActive)
            $0.member("created_at", user.createdAt)
        }
    }
}
