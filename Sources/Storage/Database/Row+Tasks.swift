import Domain

extension Row {
    /// Adds a row of the columns that follow the owner, in the order of `TaskColumn.all`.
    package func append(to rows: inout TaskRows) {
        for column in TaskColumn.all {
            let number = column.rawValue + 1
            if column.isText {
                rows.append(optionalBytes(number))
            } else if column.isOptional, isNull(number) {
                rows.appendNull()
            } else {
                rows.append(integer(number))
            }
        }
    }
}
