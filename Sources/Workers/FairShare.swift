/// The client that a piece of work is done for, and how it ranks.
package struct FairShare: Sendable, Hashable {
    /// The clients that take turns: an address of IPv4, a /48 of IPv6.
    package let site: String
    /// The part of the site that takes turns with its other parts: a /64 of IPv6.
    package let network: String
    /// Whether places are kept for it.
    package let isFavoured: Bool

    package init(site: String, network: String, isFavoured: Bool) {
        self.site = site
        self.network = network
        self.isFavoured = isFavoured
    }
}
