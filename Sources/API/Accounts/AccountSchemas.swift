import HTTP
import JSON
import Model
import Runtime

extension Schema where Value == EmailAddress {
    static var address: Schema {
        Schema<String>.email.mapped(placeholder: .placeholder) { text throws(Unfit) in
            guard let address = EmailAddress(text) else { throw Unfit(.badFormat, "not an email address") }
            return address
        }
    }
}

extension EmailAddress {
    fileprivate static var placeholder: EmailAddress {
        guard let address = EmailAddress("nobody@example.org") else { preconditionFailure("that is an address") }
        return address
    }
}

extension Schema where Value == Username {
    static var username: Schema {
        var document = JSONSchema.string(3...30, pattern: "^[A-Za-z0-9][A-Za-z0-9_.]*[A-Za-z0-9]$")
        document.text = "Kept in lower case. A few names, such as `admin`, are reserved."
        return .string(document, placeholder: .placeholder) { text throws(Unfit) in
            guard text.unicodeScalars.count >= 3 else { throw Unfit(.tooShort, "at least 3 characters") }
            guard text.unicodeScalars.count <= 30 else { throw Unfit(.tooLong, "at most 30 characters") }
            guard let username = Username(text) else {
                throw Unfit(
                    .badFormat, "letters, digits, '.' and '_', with a letter or digit at both ends; some are reserved")
            }
            return username
        }
    }
}

extension Username {
    fileprivate static var placeholder: Username {
        guard let username = Username("somebody") else { preconditionFailure("that is a username") }
        return username
    }
}

extension Schema where Value == PhoneNumber {
    static var phone: Schema {
        .string(
            .string(8...24, pattern: "^\\+[0-9 ().-]+$").described("As E.164 has it: a plus, the country, the number."),
            placeholder: .placeholder
        ) { text throws(Unfit) in
            guard let phone = PhoneNumber(text) else {
                throw Unfit(.badFormat, "not a telephone number with a plus and the country's code")
            }
            return phone
        }
    }
}

extension PhoneNumber {
    fileprivate static var placeholder: PhoneNumber {
        guard let phone = PhoneNumber("+491510000000") else { preconditionFailure("that is a number") }
        return phone
    }
}

extension Schema where Value == String {
    /// Text on one line: without control characters, and without white space around it.
    static func line(_ length: ClosedRange<Int>) -> Schema {
        Schema.text(length).mapped(placeholder: "") { text throws(Unfit) in
            guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
                throw Unfit(.badFormat, "must not hold control characters")
            }
            return text.trimmed
        }
    }

    /// A token out of a mail, or of an answer of ours.
    static var token: Schema { .text(1...512, of: .token) }
    /// Six digits, or a backup code, as people type them.
    static var code: Schema { .text(1...32).example("123456") }
}

extension Schema where Value == Secret {
    /// One that is merely compared: whatever it is, it is not shorter for that.
    static var presentPassword: Schema { .secret(1...512) }
    static var newPassword: Schema { .secret(8...128) }
}
