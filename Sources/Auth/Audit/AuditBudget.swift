import Basics

/// Limits the rows written for failures that any client can cause at will: a token bucket for each network and one for
/// all of them, each of which refills slowly. Inventing mail or IPv6 addresses gains nothing.
struct AuditBudget {
    /// The capacity in rows, and the time until there is room for one more.
    struct Stock {
        let rows: Int64
        let milliseconds: Int64

        static let network = Stock(rows: 30, milliseconds: 10_000)
        static let all = Stock(rows: 300, milliseconds: 1_000)
    }

    /// The bucket that refused a row.
    enum Refusal { case network, all }

    /// The number of networks tracked separately; those beyond share the bucket of all.
    private static let maximumNetworks = 2000

    /// The time at which a bucket is full again, in milliseconds.
    private var fullAgain: [String: Int64] = [:]
    private var allFullAgain: Int64 = 0

    /// Takes a row from both buckets, or from neither.
    mutating func take(for network: String, at time: Timestamp) -> Refusal? {
        let now = time.milliseconds
        let ofNetwork = fullAgain[network]
        guard let networkNext = Self.taken(ofNetwork ?? 0, from: .network, at: now) else { return .network }
        guard let allNext = Self.taken(allFullAgain, from: .all, at: now) else { return .all }
        if ofNetwork == nil, fullAgain.count >= Self.maximumNetworks {
            forgetFull(at: now)
            guard fullAgain.count < Self.maximumNetworks else { return .all }
        }
        fullAgain[network] = networkNext
        allFullAgain = allNext
        return nil
    }

    private mutating func forgetFull(at now: Int64) { fullAgain = fullAgain.filter { $0.value > now } }

    private static func taken(_ fullAgain: Int64, from stock: Stock, at now: Int64) -> Int64? {
        // A clock that was set back refills it.
        let whole = stock.rows * stock.milliseconds
        let start = fullAgain <= now || fullAgain > now + whole ? now : fullAgain
        let next = start + stock.milliseconds
        return next <= now + whole ? next : nil
    }
}
