import Basics
import Domain

extension Connection {
    func storedAnswer(_ digest: String, of owner: UserID) throws -> StoredAnswer? {
        try row(
            """
            SELECT body_digest, status, location, tag, body FROM stored_answers
             WHERE user_id = \(owner) AND digest = \(digest)
            """
        ) { row in
            StoredAnswer(
                bodyDigest: row.text(0), status: Int(row.integer(1)), location: row.optionalText(2),
                tag: row.optionalText(3),
                body: row.text(4))
        }
    }

    /// Carries out a write, unless it was carried out before. To be called at the beginning of a transaction: the key
    /// is claimed first, so that of several transactions with one key all but the first wait for its end, and then find
    /// its answer.
    /// - Parameter work: returns nil if there is nothing to change; the request is then not remembered.
    func once(
        _ write: RepeatableWrite?, of owner: UserID, at time: Timestamp, _ work: () throws -> TaskItem?
    ) throws -> WriteOutcome? {
        guard let write else { return try work().map(WriteOutcome.done) }
        let claimed = try execute(
            """
            INSERT INTO stored_answers (user_id, digest, body_digest, created_at)
            VALUES (\(owner), \(write.digest), \(write.bodyDigest), \(time)) ON CONFLICT DO NOTHING
            """)
        guard claimed > 0 else { return try storedAnswer(write.digest, of: owner).map(WriteOutcome.repeated) }
        let row: SQL = "user_id = \(owner) AND digest = \(write.digest)"
        guard let task = try work() else {
            try execute("DELETE FROM stored_answers WHERE \(row)")
            return nil
        }
        let answer = try write.answer(task)
        try execute(
            """
            UPDATE stored_answers SET status = \(answer.status), location = \(answer.location),
                tag = \(answer.tag), body = \(answer.body)
             WHERE \(row)
            """)
        return .done(task)
    }
}
