import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// Tasks with subtasks, the same ones for each client that plants them.
struct Forest {
    static let count = 300
    let client: APIClient
    let lists: [String]
    /// By the numbers in the tasks' titles.
    private(set) var ids: [String] = []
    private var parents: [Int?] = []
    private var repeating: Set<Int> = []
    /// Most of the tasks, in an order of their own.
    private(set) var selected: [Int] = []

    static func plant(_ site: TestSite, _ name: String) async throws -> Forest {
        let client = try await site.signUp(name)
        var lists: [String] = []
        for name in ["Home", "Garden"] {
            lists.append(try await Self.id(client.send(.POST, "/api/lists", json: "{\"name\":\"\(name)\"}")))
        }
        var forest = Forest(client: client, lists: lists)
        var random = SplitMix(state: 14)
        var depths: [Int] = []
        for number in 0..<count {
            let above = number > 0 && Bool.random(using: &random) ? Int.random(in: 0..<number, using: &random) : nil
            let parent = above.flatMap { depths[$0] < 3 ? $0 : nil }
            depths.append(parent.map { depths[$0] + 1 } ?? 0)
            var fields = ""
            if let parent {
                fields += ",\"parent_id\":\"\(forest.ids[parent])\""
            } else if Int.random(in: 0..<3, using: &random) == 0 {
                fields += ",\"list_id\":\"\(lists[0])\""
            }
            let tags = ["a", "b", "c"].filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
            fields += ",\"tags\":[" + tags.map { "\"\($0)\"" }.joined(separator: ",") + "]"
            if Int.random(in: 0..<8, using: &random) == 0 {
                fields += #","due":{"date":"2026-11-20"},"repeat":{"rrule":"FREQ=DAILY","from":"due"}"#
                forest.repeating.insert(number)
            }
            forest.ids.append(try await client.addTask("\(number)", json: fields))
            forest.parents.append(parent)
        }
        forest.selected = (0..<count).filter { _ in Int.random(in: 0..<10, using: &random) > 0 }.shuffled(
            using: &random)
        return forest
    }

    private static func id(_ response: Response) throws -> String {
        #expect(response.status == .created)
        guard case .string(let id)? = try response.jsonObject()["id"] else { throw TestSite.Unexpected() }
        return id
    }

    private func above(_ number: Int) -> [Int] { parents[number].map { [$0] + above($0) } ?? [] }

    /// The members of a bulk change.
    func change(_ kind: String) -> String {
        switch kind {
        case "complete": #""complete":true"#
        case "delete": #""delete":true"#
        case "move": "\"move\":{\"list_id\":\"\(lists[1])\"}"
        default: #""tag":{"add":["new"],"remove":["a"]},"set":{"priority":"high"}"#
        }
    }

    /// Changes the selected tasks one by one, parents before their subtasks.
    func changeEach(_ kind: String) async throws {
        for depth in 0...3 {
            for number in selected where above(number).count == depth {
                let path = "/api/tasks/\(ids[number])"
                let task = await client.send(.GET, path)
                // Deleted with its parent.
                guard task.status == .ok else { continue }
                let response: Response
                switch kind {
                case "complete":
                    // Open again with its parent.
                    if above(number).contains(where: { repeating.contains($0) && selected.contains($0) }) { continue }
                    response = await client.send(.PATCH, path, json: #"{"completed":true}"#)
                case "delete": response = await client.send(.DELETE, path)
                case "move": response = await client.send(.PATCH, path, json: "{\"list_id\":\"\(lists[1])\"}")
                default:
                    guard case .array(let tags)? = try task.jsonObject()["tags"] else { throw TestSite.Unexpected() }
                    let names = tags.filter { $0 != "a" }.compactMap {
                        if case .string(let name) = $0 { name } else { nil }
                    }
                    let all = (names + ["new"]).map { "\"\($0)\"" }.joined(separator: ",")
                    response = await client.send(.PATCH, path, json: "{\"tags\":[\(all)],\"priority\":\"high\"}")
                }
                #expect([.ok, .noContent].contains(response.status))
            }
        }
    }

    /// All tasks in the order by hand, in terms that are the same for each client.
    func state() async throws -> [[String]] {
        let numbers = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, "\($0)") })
        var found: [(key: [String], row: [String])] = []
        for path in ["/api/tasks?limit=100", "/api/trash?limit=100"] {
            var next: String? = path
            while let page = next {
                let response = await client.send(.GET, page)
                #expect(response.status == .ok)
                for task in try response.jsonArray() {
                    func text(_ name: String) -> String { if case .string(let text)? = task[name] { text } else { "" } }
                    let list = lists.firstIndex(of: text("list_id")).map { "\($0)" } ?? "inbox"
                    let parent = numbers[text("parent_id")] ?? ""
                    let isDeleted = path.contains("trash")
                    let fields = ["completed", "priority", "tags", "due", "repeat", "progress"]
                    let row = fields.map { "\($0): \(task[$0].map { "\($0)" } ?? "-")" }
                    found.append(
                        (
                            ["\(isDeleted)", list, parent, isDeleted ? "" : text("position"), text("title")],
                            [text("title"), "\(isDeleted)", list, parent] + row
                        ))
                }
                next = response.headers["link"].first.map { link in String(link.dropFirst().prefix { $0 != ">" }) }
            }
        }
        return found.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.row)
    }
}
