import Basics
import Domain

extension Connection {
    func storedAnswer(_ digest: String, of owner: UserID) throws -> StoredAnswer? {
        try row(
            """
            SELECT body_digest, status, location, tag, undo, body FROM stored_answers
             WHERE user_id = \(owner) AND digest = \(digest)
            """
        ) { row in
            StoredAnswer(
                bodyDigest: row.text(0), status: Int(row.integer(1)), location: row.optionalText(2),
                tag: row.optionalText(3), undo: row.optionalText(4), body: row.text(5))
        }
    }

    /// Carries out a write, unless it was carried out before. To be called at the beginning of a transaction: the key
    /// is claimed first, so that of several transactions with one key all but the first wait for its end, and then find
    /// its answer.
    func once<Value>(
        _ write: RepeatableWrite<Value>?, of owner: UserID, at time: Timestamp, _ work: () throws -> Written<Value>
    ) throws -> WriteOutcome<Value> {
        guard let write else { return .done(try work()) }
        let claimed = try execute(
            """
            INSERT INTO stored_answers (user_id, digest, body_digest, created_at)
            VALUES (\(owner), \(write.digest), \(write.bodyDigest), \(time)) ON CONFLICT DO NOTHING
            """)
        if claimed == 0, let answer = try storedAnswer(write.digest, of: owner) { return .repeated(answer) }
        var written = try work()
        let answer = try write.answer(written)
        written.growth += answer.size
        try enqueue(
            """
            UPDATE stored_answers SET status = \(answer.status), location = \(answer.location),
                tag = \(answer.tag), undo = \(answer.undo), body = \(answer.body)
             WHERE user_id = \(owner) AND digest = \(write.digest)
            """)
        return .done(written)
    }
}
