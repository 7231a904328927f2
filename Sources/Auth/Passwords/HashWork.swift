/// A computed hash and its cost, in rounds of bcrypt.
package struct HashWork: Sendable, Equatable {
    package enum Kind: Sendable { case bcrypt, scrypt }

    package let kind: Kind
    package let rounds: Int
}
