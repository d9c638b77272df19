import JSON

/// A password that somebody wants to have. What is merely compared with a stored one is any text.
package struct NewPassword: Sendable {
    package static let characters = 8...128

    let text: String

    /// Throws a `Problem` about `field` for one that would be guessed first: long enough matters, kinds of characters
    /// do not.
    package init(
        _ text: String, field: String = "password", email: EmailAddress? = nil, username: Username? = nil
    ) throws {
        guard text.unicodeScalars.count >= Self.characters.lowerBound else {
            throw Problem.invalid(field, .tooShort, "at least \(Self.characters.lowerBound) characters")
        }
        guard text.unicodeScalars.count <= Self.characters.upperBound, text.utf8.count <= 512 else {
            throw Problem.invalid(field, .tooLong, "at most \(Self.characters.upperBound) characters")
        }
        let lower = text.lowercased()
        let own = [email?.rawValue, email?.rawValue.split(separator: "@").first.map(String.init), username?.rawValue]
        guard !own.contains(lower), !Self.isMonotonous(lower), !Self.common.contains(lower) else {
            throw Problem.invalid(field, .invalid, "too easy to guess")
        }
        self.text = text
    }

    /// One character again and again, or an unbroken run such as `12345678`.
    private static func isMonotonous(_ text: String) -> Bool {
        let scalars = text.unicodeScalars.map { Int($0.value) }
        let steps = zip(scalars, scalars.dropFirst()).map { $1 - $0 }
        return steps.allSatisfy { $0 == 0 } || steps.allSatisfy { $0 == 1 } || steps.allSatisfy { $0 == -1 }
    }

    /// Those of eight characters and more that head the lists of leaked passwords.
    private static let common: Set<String> = [
        "00000000", "11111111", "1234567890", "123123123", "12341234", "12344321", "123456789a", "123456abc",
        "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "987654321", "a1234567", "aa123456", "aa12345678", "abc12345", "abcd1234",
        "access14", "admin123", "administrator", "asdfghjk", "asdfghjkl", "asdf1234", "baseball", "basketball",
        "changeme", "charlie1", "chocolate", "computer", "corvette", "football", "football1", "iloveyou", "iloveyou1",
        "internet", "jennifer", "letmein1", "liverpool", "mercedes", "michelle", "midnight", "mustang1", "p@ssw0rd",
        "p@ssword", "passw0rd", "password", "password!", "password1", "password12", "password123", "princess",
        "princess1", "q1w2e3r4", "qazwsxedc", "qwer1234", "qwerty123", "qwerty12", "qwertyui", "qwertyuiop",
        "starwars", "sunshine", "sunshine1", "superman", "test1234", "trustno1", "victoria", "welcome1", "whatever",
        "zaq12wsx", "zxcvbnm1", "zxcvbnmm",
    ]
}
