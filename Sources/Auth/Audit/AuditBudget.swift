import Basics

/// How many rows failures may write that anybody can cause at will: a stock for each network and one for all of them,
/// each of which fills up again slowly. Inventing addresses, of mail or of IPv6, brings no more.
struct AuditBudget {
    /// Rows at once, and how long it takes until there is room for one more.
    struct Stock {
        let rows: Int64
        let milliseconds: Int64

        static let network = Stock(rows: 30, milliseconds: 10_000)
        static let all = Stock(rows: 300, milliseconds: 1_000)
    }

    /// What refused a row.
    enum Refusal { case network, all }

    /// How many networks are told apart; those beyond share the stock of all.
    private static let maximumNetworks = 2000

    /// The time at which a stock is full again, in milliseconds.
    private var fullAgain: [String: Int64] = [:]
    private var allFullAgain: Int64 = 0

    /// Takes a row out of both stocks, or none out of either.
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
        // A clock that was set back fills it up.
        let whole = stock.rows * stock.milliseconds
        let start = fullAgain <= now || fullAgain > now + whole ? now : fullAgain
        let next = start + stock.milliseconds
        return next <= now + whole ? next : nil
    }
}
