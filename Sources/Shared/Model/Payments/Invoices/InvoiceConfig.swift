import Runtime

/// Who sells, and how documents are numbered and taxed.
package struct InvoiceConfig: ConfigGroup {
    let seller: Seller
    let serviceCode: String
    /// Of an exclusive price: 1800 are 18 %.
    let rateBasisPoints: Int
    /// What invoice numbers begin with; those of credit notes have a C before it.
    let prefix: String

    package init(from reader: inout ConfigReader) {
        let name = reader.readIfSet("INVOICE_SELLER_NAME", .text)
        let address = reader.read("INVOICE_SELLER_ADDRESS", .text, default: "")
        let gstin = reader.readIfSet("INVOICE_SELLER_GSTIN", .text)
        let state = reader.read("INVOICE_SELLER_STATE", .text, default: gstin.map { String($0.prefix(2)) } ?? "29")
        serviceCode = reader.read("INVOICE_SAC", .text, default: "998439")
        rateBasisPoints = Int((reader.read("INVOICE_TAX_RATE", .double(in: 0...50), default: 18) * 100).rounded())
        prefix = reader.read("INVOICE_PREFIX", .text, default: "SY")
        let place = IndianState(state)
        seller = Seller(
            name: name ?? "Switchyard (development)", address: address, gstin: gstin, state: place?.number ?? "29")
        if place == nil { reader.complain("INVOICE_SELLER_STATE", "is no state of India", example: "Karnataka") }
        if let gstin, !GSTIN.isWellFormed(gstin) { reader.complain("INVOICE_SELLER_GSTIN", "is not a valid GSTIN") }
        if let gstin, let place, gstin.prefix(2) != place.number {
            reader.complain("INVOICE_SELLER_STATE", "is another one than that of the GSTIN")
        }
        if !(1...2).contains(prefix.utf8.count) || !prefix.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) {
            // 16 characters is the most that a number may have.
            reader.complain("INVOICE_PREFIX", "is not one or two letters or digits", example: "SY")
        }
    }

    /// Tax is charged by whoever is registered for it.
    var rate: Int { seller.gstin == nil ? 0 : rateBasisPoints }
}

/// Who sells.
package struct Seller: Sendable, Equatable, Codable {
    let name: String
    let address: String
    let gstin: String?
    let state: String
}

/// The financial year of India: it begins on 1 April, by the clock there.
package struct FiscalYear: Sendable, Equatable {
    /// `26-27`
    package let name: String

    /// India has one zone, and no summer time.
    package static let zone = Duration.seconds(19800)

    package init(at moment: Timestamp) { self.init(of: Self.date(at: moment)) }

    init(of date: CivilTime) {
        let first = date.month >= 4 ? date.year : date.year - 1
        name = Self.digits(first) + "-" + Self.digits(first + 1)
    }

    /// The day on which a moment falls there.
    static func date(at moment: Timestamp) -> CivilTime {
        let civil = (moment + zone).civil
        return CivilTime(year: civil.year, month: civil.month, day: civil.day)
    }

    private static func digits(_ year: Int) -> String { (year % 100 < 10 ? "0" : "") + "\(year % 100)" }
}
