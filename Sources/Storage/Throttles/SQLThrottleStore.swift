import Basics
import Domain

/// Counts attempts for all servers that share a database, by the system clock.
package struct SQLThrottleStore: ThrottleStore {
    private let database: any Database
    private let now: @Sendable () -> Timestamp

    package init(_ database: any Database, now: @escaping @Sendable () -> Timestamp) {
        self.database = database
        self.now = now
    }

    /// One statement checks and counts, so that two servers never both take the last slot. It is `ThrottleLimit.taken`
    /// in SQL; if the attempt is not admitted it changes nothing and returns no row.
    package func take(_ key: String, _ limit: ThrottleLimit) async throws -> ThrottleOutcome {
        let time = now().milliseconds
        let latest = time + limit.latest
        let first = limit.taken(from: 0, at: time) ?? time
        return try await translatingErrors {
            try await database.write { connection in
                let taken = try connection.row(
                    """
                    INSERT INTO throttles (name, busy_until) VALUES (\(key), \(first))
                    ON CONFLICT (name) DO UPDATE
                       SET busy_until = CASE
                           WHEN throttles.busy_until <= CAST(\(time) AS BIGINT) THEN excluded.busy_until
                           WHEN throttles.busy_until > CAST(\(time + limit.horizon) AS BIGINT) THEN excluded.busy_until
                           WHEN throttles.busy_until + CAST(\(limit.interval) AS BIGINT) > CAST(\(latest) AS BIGINT)
                               THEN throttles.busy_until + CAST(\(limit.interval + limit.pause) AS BIGINT)
                           ELSE throttles.busy_until + CAST(\(limit.interval) AS BIGINT) END
                     WHERE throttles.busy_until <= CAST(\(latest) AS BIGINT)
                        OR throttles.busy_until > CAST(\(time + limit.horizon) AS BIGINT)
                    RETURNING busy_until
                    """
                ) { $0.integer(0) }
                if let taken { return .granted(cost: limit.cost(of: taken, at: time)) }
                let until = try connection.row("SELECT busy_until FROM throttles WHERE name = \(key)") { $0.integer(0) }
                return .refused(waitMilliseconds: limit.wait(until: until ?? time, at: time))
            }
        }
    }

    package func giveBack(_ key: String, _ cost: Int64) async throws {
        try await translatingErrors {
            _ = try await database.write { connection in
                try connection.execute(
                    """
                    UPDATE throttles SET busy_until = busy_until - CAST(\(cost) AS BIGINT) WHERE name = \(key)
                    """)
            }
        }
    }

    package func tidy() async throws -> Int {
        let time = now().milliseconds
        return try await translatingErrors {
            try await database.write {
                try $0.execute("DELETE FROM throttles WHERE busy_until <= \(time)")
            }
        }
    }
}
