import App
import Basics
import Testing

@Suite struct BackupNameTests {
    @Test func `a name says when, in UTC and in whole seconds`() {
        let name = BackupName(Timestamp(milliseconds: 1_795_706_160_999))
        #expect(name.text == "latchkey-20261126T151600Z.db")
        #expect(name.manifest == "latchkey-20261126T151600Z.json")
        #expect(BackupName(name.text) == name)
        #expect(name.time == Timestamp(milliseconds: 1_795_706_160_000))
    }

    @Test(arguments: [
        "latchkey.db", "latchkey-.db", "latchkey-20261126T151600Z.json", "latchkey-20261126T151600Z.db.gz",
        "latchkey-20261126T151600.db", "latchkey-20261126-151600Z.db", "latchkey-20260230T000000Z.db",
        "latchkey-20261126T241600Z.db", "latchkey-20261126T156000Z.db", "latchkey-2026112éT15160Z.db", "",
        ".latchkey-20261126T151600Z.db", "Latchkey-20261126T151600Z.db", "latchkey-20261126T1516+0Z.db",
    ])
    func `other names are not ours`(name: String) {
        #expect(BackupName(name) == nil)
    }

    @Test func `names are in the order of their times`() throws {
        let texts = ["latchkey-20261231T235959Z.db", "latchkey-20270101T000000Z.db", "latchkey-20270101T000001Z.db"]
        let names = texts.compactMap { BackupName($0) }
        #expect(names.count == 3 && names.sorted(by: >).map(\.text) == texts.reversed())
    }
}
