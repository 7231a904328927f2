/// The numbers of `Connection.lockUntilCommit`; any that other programs in the same database don't use will do.
package enum LockKey {
    static let migrations: Int64 = 0x6C61_7463_6800_0001
    static let signingKeys: Int64 = 0x6C61_7463_6800_0002
    static let auditChain: Int64 = 0x6C61_7463_6800_0003
    static let secretCheck: Int64 = 0x6C61_7463_6800_0004
}
