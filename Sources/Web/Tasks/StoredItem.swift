import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// Something with an address and an entity tag of its own.
protocol StoredItem: Sendable {
    /// Writes its public fields.
    func write(to json: inout JSONWriter)
}

extension TaskTag {
    /// The tag of a single thing: strong, and unchanged by changes of others. It is a digest over what is sent, which of
    /// a task names the owner.
    init(_ item: some StoredItem) throws {
        var json = JSONWriter()
        item.write(to: &json)
        try self.init(json: json.bytes)
    }
}

extension Response {
    /// The answer to a change, with the tag for the next one.
    static func changed(
        _ status: HTTPResponseStatus, _ item: some StoredItem, location: String? = nil
    ) throws -> Response {
        var response = Response.json(status) { item.write(to: &$0) }
        response.headers.add(name: "etag", value: try TaskTag(item).text)
        if let location { response.headers.add(name: "location", value: location) }
        return response
    }

    /// The answer to a request that reads one.
    static func found(_ item: some StoredItem, _ request: Request) throws -> Response {
        let tag = try TaskTag(item)
        return tag.notModified(request) ?? .json(.ok, headers: tag.headers) { item.write(to: &$0) }
    }

    /// The answer to a request that reads all.
    /// - Parameter tag: of a revision that was read before the items.
    static func all(
        _ items: [some StoredItem], _ tag: TaskTag, _ request: Request
    ) -> Response {
        tag.notModified(request)
            ?? .json(.ok, headers: tag.headers) {
                $0.array { json in for item in items { item.write(to: &json) } }
            }
    }
}

extension Request {
    /// The condition of `If-Match` and `If-None-Match`; nil without one.
    func condition<Item: StoredItem>(on item: Item.Type) -> ItemCondition<Item>? {
        guard let isMatch = precondition else { return nil }
        return { item in
            guard let tag = try? TaskTag(item) else { return false }
            return isMatch(tag.text)
        }
    }
}

extension ItemConflict where Item: StoredItem {
    func response(_ request: Request) throws -> Response {
        ConflictResponse.make(request, try TaskTag(current)) { current.write(to: &$0) }
    }
}
