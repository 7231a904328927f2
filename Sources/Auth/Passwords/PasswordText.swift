import Basics

extension String {
    /// The password as it is hashed: the OpaqueString profile of RFC 8265, so that a password is the same whichever
    /// keyboard composed its accents. Spaces of any kind become ASCII's, and the rest takes form C; neither case nor
    /// width is folded.
    ///
    /// Controls, which the profile refuses, are kept: a tab in a password was always taken here.
    var preparedPassword: String {
        guard !isASCII else { return self }
        var mapped = UnicodeScalarView()
        for scalar in unicodeScalars {
            mapped.append(scalar.properties.generalCategory == .spaceSeparator ? " " : scalar)
        }
        return NormalizationForm.c.normalize(String(mapped))
    }
}
