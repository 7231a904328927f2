/// Lock numbers for `Connection.lockUntilCommit`; arbitrary, but not used by other programs in the same database.
package enum LockKey {
    static let migrations: Int64 = 0x6C61_7463_6800_0001
    static let signingKeys: Int64 = 0x6C61_7463_6800_0002
    static let auditChain: Int64 = 0x6C61_7463_6800_0003
    static let secretCheck: Int64 = 0x6C61_7463_6800_0004
    static let admins: Int64 = 0x6C61_7463_6800_0005
}
