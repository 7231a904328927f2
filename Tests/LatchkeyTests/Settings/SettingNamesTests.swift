import Testing

@testable import Latchkey

@Suite struct SettingNamesTests {
    @Test(arguments: [
        ("LATCHKEY_PORT", "PORT"), ("LATCHKEY_HOST", "HOST"), ("LATCHKEY_LOG_LEVEL", "LOG_LEVEL"), ("port", "PORT"),
        ("LATCHKEY_ULR", "LATCHKEY_URL"), ("BETTER_AUTH_SECRETS", "BETTER_AUTH_SECRET"), ("PROT", "PORT"),
        ("DATABASE_URI", "DATABASE_URL"), ("TRUSTED_PROXY", nil), ("LOGLEVEL", "LOG_LEVEL"),
        ("FRONTEND_URLS", "FRONTEND_URL"), ("BETTER_AUTH_SECRET_FIEL", "BETTER_AUTH_SECRET_FILE"),
    ])
    func `a name near a setting's is asked about`(name: String, meant: String?) {
        let expected = meant.map { ["\(name) is not a setting; did you mean \($0)?"] } ?? []
        #expect(SettingNames.warnings(about: [name: "x"]) == expected)
    }

    @Test func `an unknown name with our prefix is reported`() {
        #expect(
            SettingNames.warnings(about: ["LATCHKEY_COLOUR": "red"])
                == ["LATCHKEY_COLOUR is not a setting of this version, and has no effect."])
    }

    @Test func `other programs' variables are ignored`() {
        let environment = Dictionary(
            uniqueKeysWithValues: [
                "PATH", "HOME", "HOSTNAME", "USER", "SHELL", "LANG", "TERM", "PWD", "LC_ALL", "TZ", "EDITOR", "PAGER",
                "SHLVL",
                "SSH_TTY", "DISPLAY", "LOGNAME", "MAIL", "NODE_ENV", "PGHOST", "PGPORT", "REDIS_URL", "HTTP_PROXY",
                "NO_PROXY", "POSTGRES_PORT", "LATCHKEY_SERVICE_HOST", "LATCHKEY_SERVICE_PORT", "LATCHKEY_PORT_8000_TCP",
                "LATCHKEY_PORT_8000_TCP_ADDR",
            ].map { ($0, "x") })
        #expect(SettingNames.warnings(about: environment).isEmpty)
        #expect(SettingNames.warnings(about: ["LATCHKEY_PORT": "tcp://10.0.0.7:8000"]).isEmpty)
        // The setting itself is there, so the similar name is another program's.
        #expect(SettingNames.warnings(about: ["DATABASE_URI": "x", "DATABASE_URL": "y"]).isEmpty)
        #expect(
            SettingNames.warnings(about: Dictionary(uniqueKeysWithValues: Settings.all.map { ($0.name, "x") })).isEmpty)
    }
}
