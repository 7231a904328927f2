import Basics

extension String {
    /// The password as it is hashed: the OpaqueString profile of RFC 8265, so that a password is the same whichever
    /// keyboard composed its accents. Spaces of any kind become ASCII spaces, and the rest is normalized to form C;
    /// neither case nor width is folded.
    ///
    /// Control characters, which the profile refuses, are kept: tabs in passwords were always accepted here.
    var preparedPassword: String {
        guard !isASCII else { return self }
        var mapped = UnicodeScalarView()
        for scalar in unicodeScalars {
            mapped.append(scalar.properties.generalCategory == .spaceSeparator ? " " : scalar)
        }
        return NormalizationForm.c.normalize(String(mapped))
    }
}
