/// The client that a piece of work is done for, and its rank.
package struct FairShare: Sendable, Hashable {
    /// The unit that takes turns: an IPv4 address, or an IPv6 /48.
    package let site: String
    /// The part of the site that takes turns within it: an IPv6 /64.
    package let network: String
    /// True if places are reserved for the client.
    package let isFavoured: Bool

    package init(site: String, network: String, isFavoured: Bool) {
        self.site = site
        self.network = network
        self.isFavoured = isFavoured
    }
}
