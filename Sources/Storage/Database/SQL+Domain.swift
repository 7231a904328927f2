import Basics
import Domain

// Stored forms of the domain's values.
extension UserID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension TaskID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension MailID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension SessionID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension APITokenID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension PasskeyID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension RecoveryCodeID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension LinkedAccountID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension InvitationID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension EmailAddress: SQLConvertible { package var sqlValue: SQLValue { .text(text) } }
extension Timestamp: SQLConvertible { package var sqlValue: SQLValue { .integer(milliseconds) } }
extension ListID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension TagID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension ViewID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension UndoID: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension Position: SQLConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
