import Calendar
import Domain
import Templating

/// The sessions of devices with one name.
struct DeviceGroup: TemplateModel {
    let name: String
    var sessions: [Row]

    static let fields: [TemplateField<DeviceGroup>] = [
        .text("name") { $0.name },
        .list("sessions") { $0.sessions },
    ]

    struct Row: TemplateModel {
        let session: Session
        let isCurrent: Bool
        /// The reader's.
        let dates: DateFormat

        static let fields: [TemplateField<Row>] = [
            .text("id") { $0.session.id.rawValue },
            .flag("is_current") { $0.isCurrent },
            .model("began") { ShownTime($0.session.createdAt, in: $0.dates) },
            .model("seen") { ShownTime($0.session.seenAt, in: $0.dates) },
            .text("address") { $0.session.ipAddress },
        ]
    }

    /// Groups sessions: the current one first, then those that were used last.
    /// - Parameter current: nil for the sessions of another user.
    static func groups(of sessions: [Session], current: SessionID?, in dates: DateFormat) -> [DeviceGroup] {
        let rows = sessions.map { Row(session: $0, isCurrent: $0.id == current, dates: dates) }.sorted { left, right in
            left.isCurrent != right.isCurrent ? left.isCurrent : left.session.seenAt > right.session.seenAt
        }
        var groups: [DeviceGroup] = []
        for row in rows {
            let name = DeviceName(userAgent: row.session.userAgent).description
            if let index = groups.firstIndex(where: { $0.name == name }) {
                groups[index].sessions.append(row)
            } else {
                groups.append(DeviceGroup(name: name, sessions: [row]))
            }
        }
        return groups
    }
}
