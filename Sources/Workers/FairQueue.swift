/// A bounded queue in which clients take turns, however many elements each of them has waiting (deficit round robin),
/// with a quarter of its places reserved for favoured clients.
///
/// While no other client waits, one may use all places. When the queue is full, the client with the most waiting work
/// loses its newest element.
package struct FairQueue<Element> {
    package enum PushResult {
        case accepted
        /// The element displaced that of another client.
        case displaced(Element)
        case full
    }

    private let capacity: Int
    private var favoured = FairLane<Element>()
    private var others = FairLane<Element>()
    private var wasLastFavoured = false

    package init(capacity: Int) { self.capacity = capacity }

    package var count: Int { favoured.count + others.count }
    package var isEmpty: Bool { count == 0 }

    /// - Parameter cost: the amount of work, relative to other elements; at least 1.
    package mutating func push(_ element: Element, for share: FairShare, cost: Int = 1) -> PushResult {
        let lane = share.isFavoured ? \FairQueue.favoured : \.others
        guard count >= capacity else {
            self[keyPath: lane].append(element, cost: cost, for: share)
            return .accepted
        }
        let kept = share.isFavoured ? capacity / 4 : capacity - capacity / 4
        let other = share.isFavoured ? \FairQueue.others : \.favoured
        let displaced =
            self[keyPath: lane].count < kept
            ? self[keyPath: other].removeNewestOfBusiest()
            : self[keyPath: lane].removeNewestOfBusiest(insteadOf: share)
        guard let displaced else { return .full }
        self[keyPath: lane].append(element, cost: cost, for: share)
        return .displaced(displaced)
    }

    /// The next element; the two kinds of clients take turns as well.
    package mutating func pop() -> Element? {
        wasLastFavoured = !favoured.isEmpty && (others.isEmpty || !wasLastFavoured)
        return wasLastFavoured ? favoured.pop() : others.pop()
    }

    package mutating func removeAll() -> [Element] {
        var elements: [Element] = []
        while let element = pop() { elements.append(element) }
        return elements
    }
}

/// The clients of one kind, in round-robin order.
private struct FairLane<Element> {
    private struct Entry {
        let element: Element
        let cost: Int
    }

    /// The waiting elements of one site, by network.
    private struct Site {
        var count = 0
        /// The remaining amount of work that the site may do in its turn.
        var credit = 0
        var turns: [String] = []
        var networks: [String: [Entry]] = [:]
    }

    private(set) var count = 0
    private var turns: [String] = []
    private var sites: [String: Site] = [:]

    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element, cost: Int, for share: FairShare) {
        if sites[share.site] == nil { turns.append(share.site) }
        var site = sites.removeValue(forKey: share.site) ?? Site()
        if site.networks[share.network] == nil { site.turns.append(share.network) }
        site.networks[share.network, default: []].append(Entry(element: element, cost: max(1, cost)))
        site.count += 1
        sites[share.site] = site
        count += 1
    }

    mutating func pop() -> Element? {
        while let name = turns.first, var site = sites[name], let network = site.turns.first,
            let entry = site.networks[network]?.first
        {
            turns.removeFirst()
            site.credit += 1
            guard site.credit >= entry.cost else {
                // Costs more than a turn: the others go first, and then the site has another turn.
                sites[name] = site
                turns.append(name)
                continue
            }
            site.credit -= entry.cost
            site.turns.removeFirst()
            site.networks[network]?.removeFirst()
            site.count -= 1
            if site.networks[network]?.isEmpty == false {
                site.turns.append(network)
            } else {
                site.networks[network] = nil
            }
            sites[name] = site.count > 0 ? site : nil
            if site.count > 0 { turns.append(name) }
            count -= 1
            return entry.element
        }
        return nil
    }

    /// Removes the newest element of the site and network with the most waiting.
    /// - Parameter newcomer: the client that needs the place; nil is returned if no client has more than it would have.
    mutating func removeNewestOfBusiest(insteadOf newcomer: FairShare? = nil) -> Element? {
        guard let busiest = sites.max(by: { $0.value.count < $1.value.count }) else { return nil }
        var name = busiest.key
        var own: (site: String, network: Int)?
        if let newcomer {
            let site = sites[newcomer.site]
            if busiest.value.count <= (site?.count ?? 0) + 1 {
                name = newcomer.site
                own = (name, site?.networks[newcomer.network]?.count ?? 0)
            }
        }
        guard var site = sites[name], let network = site.networks.max(by: { $0.value.count < $1.value.count })
        else { return nil }
        if let own, network.value.count <= own.network + 1 { return nil }
        guard let removed = site.networks[network.key]?.popLast() else { return nil }
        if site.networks[network.key]?.isEmpty == true {
            site.networks[network.key] = nil
            site.turns.removeAll { $0 == network.key }
        }
        site.count -= 1
        count -= 1
        sites[name] = site.count > 0 ? site : nil
        if site.count == 0 { turns.removeAll { $0 == name } }
        return removed.element
    }
}
