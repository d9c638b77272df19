/// A state or union territory of India, as the law of the goods and services tax numbers them.
package struct IndianState: Sendable, Equatable {
    package let number: String
    package let name: String
    /// Where the second half of the tax is the union territory's.
    package var isUnionTerritory: Bool { ["04", "26", "31", "35", "38"].contains(number) }

    /// By its number or its name.
    package init?(_ text: String) {
        let wanted = text.lowercased().filter { $0.isLetter || $0.isNumber }
        let found = Self.all.first { number, name in
            number == wanted || name.lowercased().filter { $0.isLetter || $0.isNumber } == wanted
        }
        guard let found else { return nil }
        (number, name) = found
    }

    private static let all: [(String, String)] = [
        ("01", "Jammu and Kashmir"), ("02", "Himachal Pradesh"), ("03", "Punjab"), ("04", "Chandigarh"),
        ("05", "Uttarakhand"), ("06", "Haryana"), ("07", "Delhi"), ("08", "Rajasthan"), ("09", "Uttar Pradesh"),
        ("10", "Bihar"), ("11", "Sikkim"), ("12", "Arunachal Pradesh"), ("13", "Nagaland"), ("14", "Manipur"),
        ("15", "Mizoram"), ("16", "Tripura"), ("17", "Meghalaya"), ("18", "Assam"), ("19", "West Bengal"),
        ("20", "Jharkhand"), ("21", "Odisha"), ("22", "Chhattisgarh"), ("23", "Madhya Pradesh"), ("24", "Gujarat"),
        ("26", "Dadra and Nagar Haveli and Daman and Diu"), ("27", "Maharashtra"), ("29", "Karnataka"),
        ("30", "Goa"), ("31", "Lakshadweep"), ("32", "Kerala"), ("33", "Tamil Nadu"), ("34", "Puducherry"),
        ("35", "Andaman and Nicobar Islands"), ("36", "Telangana"), ("37", "Andhra Pradesh"), ("38", "Ladakh"),
        ("97", "Other Territory"),
    ]
}

/// Numbers of those who are registered for the tax.
package enum GSTIN {
    /// Whether its state, its form and its check character are right.
    package static func isWellFormed(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 15, IndianState(String(text.prefix(2))) != nil,
            bytes[2..<7].allSatisfy(isLetter), bytes[7..<11].allSatisfy(isDigit), isLetter(bytes[11]),
            isLetter(bytes[12]) || isDigit(bytes[12]) && bytes[12] != 0x30, bytes[13] == UInt8(ascii: "Z"),
            let last = value(bytes[14])
        else { return false }
        var sum = 0
        for (index, byte) in bytes.prefix(14).enumerated() {
            guard let value = value(byte) else { return false }
            let product = value * (index % 2 + 1)
            sum += product / 36 + product % 36
        }
        return (36 - sum % 36) % 36 == last
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func value(_ byte: UInt8) -> Int? {
        if isDigit(byte) { return Int(byte) - 0x30 }
        return isLetter(byte) ? Int(byte) - 0x41 + 10 : nil
    }
}
