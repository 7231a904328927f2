import CPostgres
import Glibc

/// Requests and answers (postgresql.org/docs/current/libpq-async.html).
extension PostgresConnection {
    func run(_ sql: SQL) throws -> PostgresResult {
        try requireSoundness()
        let request = try Request(sql)
        if preparesStatements, prepared[request.text] == nil {
            try sendPreparation(of: request)
            _ = try answer(to: request.text)
            prepared[request.text] = Self.name(of: request.text)
        }
        try send(request)
        return try answer(to: request.text)
    }

    /// A statement whose values can be sent.
    struct Request {
        let text: String
        let values: PostgresValues

        init(_ sql: SQL) throws {
            text = sql.text
            values = try PostgresValues(sql.values)
        }

        /// The text with `$1`, `$2` and so on for its values.
        var numberedText: String {
            guard values.count > 0 else { return text }
            let parts = text.split(separator: "?", omittingEmptySubsequences: false)
            assert(parts.count == values.count + 1, text)
            var numbered = ""
            for (number, part) in parts.enumerated() {
                if number > 0 { numbered += "$\(number)" }
                numbered += part
            }
            return numbered
        }
    }

    /// The answers to several statements. After one that fails, no other is run.
    struct Answers {
        /// Those of the statements that were run.
        var results: [PostgresResult] = []
        /// The reason for which there are fewer answers than statements.
        var failure: StorageError?
        /// True if more statements may have been run than there are answers.
        var isCut = false
    }

    /// Runs statements in one round trip (libpq-pipeline-mode.html).
    /// - Parameter awaited: the number of one whose answer is not to wait for those of the next.
    /// - Throws: `StorageError` if they could not be sent.
    func run(_ requests: [Request], awaiting awaited: Int? = nil) throws -> Answers {
        try requireSoundness()
        guard latchkey_PQenterPipelineMode(handle) == 1 else { throw lost() }
        var preparations: [String: Int] = [:]
        for (number, request) in requests.enumerated() {
            if preparesStatements, prepared[request.text] == nil, preparations[request.text] == nil {
                try sendPreparation(of: request)
                preparations[request.text] = number
            }
            try send(request)
            if number == awaited, latchkey_PQsendFlushRequest(handle) != 1 { throw lost() }
        }
        guard latchkey_PQpipelineSync(handle) == 1 else { throw lost() }
        try flush()
        var answers = Answers()
        do {
            for (number, text) in requests.map(\.text).enumerated() {
                if preparations[text] == number, try nextResult(to: text, &answers) != nil {
                    prepared[text] = Self.name(of: text)
                }
                if let result = try nextResult(to: text, &answers) { answers.results.append(result) }
                if condition == .lost { return answers }
            }
            try waitForResult()
            _ = latchkey_PQgetResult(handle).map(PostgresResult.init)
            guard latchkey_PQexitPipelineMode(handle) == 1 else { throw lost() }
            lastHeard = .now
        } catch let error as StorageError {
            answers.isCut = answers.isCut || answers.failure == nil
            answers.failure = answers.failure ?? error
        }
        return answers
    }

    /// Runs text without values, possibly several statements.
    /// - Returns: the last one's command tag.
    @discardableResult
    func runText(_ text: String) throws -> String {
        guard latchkey_PQsendQuery(handle, text) == 1 else { throw lost() }
        return try answer(to: text).tag
    }

    private func requireSoundness() throws {
        guard condition == .sound else { throw StorageError.unavailable("PostgreSQL: the connection is not usable.") }
    }

    // MARK: Sending

    /// A name derived from the text: if a pooler shares a server connection between several clients, equal names at
    /// least mean equal statements.
    private static func name(of text: String) -> String { "latchkey_" + String(FNV.hash(text.utf8), radix: 16) }

    private func sendPreparation(of request: Request) throws {
        let types = request.values.types
        let name = Self.name(of: request.text)
        guard latchkey_PQsendPrepare(handle, name, request.numberedText, Int32(types.count), types) == 1 else {
            throw lost()
        }
    }

    private func send(_ request: Request) throws {
        let (text, values) = (request.text, request.values)
        let name = preparesStatements ? prepared[text] ?? Self.name(of: text) : ""
        let isSent = values.withPointers { pointers in
            preparesStatements
                ? latchkey_PQsendQueryPrepared(handle, name, Int32(values.count), pointers, nil, nil, 0)
                : latchkey_PQsendQueryParams(
                    handle, request.numberedText, Int32(values.count), values.types, pointers, nil, nil, 0)
        }
        guard isSent == 1 else { throw lost() }
    }

    private func flush() throws {
        while true {
            switch latchkey_PQflush(handle) {
            case 0: return
            case 1:
                // The server may be blocked until we read its output.
                try wait(for: POLLIN | POLLOUT)
                guard latchkey_PQconsumeInput(handle) == 1 else { throw lost() }
            default: throw lost()
            }
        }
    }

    // MARK: Receiving

    /// Reads the server's complete answer to the request and returns the last result.
    private func answer(to text: String) throws -> PostgresResult {
        try flush()
        var last: PostgresResult?
        var failure: StorageError?
        while true {
            try waitForResult()
            guard let pointer = latchkey_PQgetResult(handle) else { break }
            let result = PostgresResult(pointer)
            if !result.isSuccess { failure = failure ?? error(result, text) }
            last = result
        }
        if let failure { throw failure }
        guard let last else { throw lost() }
        lastHeard = .now
        return last
    }

    /// Reads the answer to the next statement of several.
    /// - Returns: nil if it failed, or was not run because another one had failed.
    private func nextResult(to text: String, _ answers: inout Answers) throws -> PostgresResult? {
        try waitForResult()
        guard let pointer = latchkey_PQgetResult(handle) else { throw lost() }
        let result = PostgresResult(pointer)
        guard !result.isLoss else { throw lost() }
        if !result.isSuccess, answers.failure == nil {
            answers.failure = error(result, text)
            answers.isCut = !result.isRefusal
        }
        guard condition != .lost else { return nil }
        // The end of this answer.
        try waitForResult()
        _ = latchkey_PQgetResult(handle).map(PostgresResult.init)
        return result.isSuccess ? result : nil
    }

    private func waitForResult() throws {
        while latchkey_PQisBusy(handle) == 1 {
            try wait(for: POLLIN)
            guard latchkey_PQconsumeInput(handle) == 1 else { throw lost() }
        }
    }

    func wait(for events: Int32) throws {
        while true {
            let remaining = milliseconds(until: deadline)
            guard remaining > 0 else {
                condition = .lost
                PostgresCancellation.send(for: handle)
                throw StorageError.unavailable(
                    "PostgreSQL has not answered in time.", isConnecting ? .unreachable : .slow)
            }
            let socket = latchkey_PQsocket(handle)
            guard socket >= 0 else { throw lost() }
            var descriptor = pollfd(fd: socket, events: Int16(events), revents: 0)
            let count = poll(&descriptor, 1, Int32(clamping: remaining))
            if count > 0 { return }
            if count < 0 && errno != EINTR { throw lost() }
        }
    }
}
