import App

extension Configuration.DataPlace {
    func backupMaker(in folder: BackupFolder) -> BackupMaker {
        BackupMaker(of: database, in: folder, version: Latchkey.version, reserve: reserve)
    }
}
