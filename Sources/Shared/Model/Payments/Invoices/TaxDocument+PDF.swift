/// What is printed of an invoice or a credit note: what rules 46 and 53 of the tax ask for.
struct TaxDocument: Sendable {
    let heading: String
    let label: String
    let issuedOn: String
    /// What it takes back, and of which day that is.
    let against: (label: String, issuedOn: String)?
    let invoice: Invoice
    let split: TaxSplit
    let total: Int64

    /// As a page to print.
    var pdf: [UInt8] {
        var page = PDFPage()
        page.text(heading, at: 50, 780, size: 18, .bold)
        var top = 785
        var facts = [("Number", label), ("Date", issuedOn)]
        if let against { facts += [("For invoice", against.label), ("of", against.issuedOn)] }
        for (name, value) in facts {
            page.text(name, at: 360, top)
            page.text(value, endingAt: 545, top, .bold)
            top -= 15
        }
        let y = block("Seller", sellerLines, at: 50, 715, &page)
        let right = block("Billed to", buyerLines, at: 320, 715, &page)
        let place = min(y, right) - 20
        page.text("Place of supply: \(placeName) (\(invoice.placeOfSupply))", at: 50, place)
        page.text("Reverse charge: no", endingAt: 545, place)
        totals(from: items(from: place - 30, &page), &page)
        foot(&page)
        return page.file(title: "\(against == nil ? "Invoice" : "Credit note") \(label)")
    }

    private func foot(_ page: inout PDFPage) {
        page.text("Issued electronically; valid without a signature.", at: 50, 60, size: 8)
        guard page.isTransliterated else { return }
        page.text(
            "Names are written in Latin letters as they sound; the account keeps them as they were given.", at: 50, 72,
            size: 8)
    }

    private var parties: Invoice.Parties { invoice.parties }

    private var sellerLines: [String] {
        [parties.seller.name] + Self.wrapped(parties.seller.address)
            + ["State: \(IndianState(parties.seller.state)?.name ?? parties.seller.state)"]
            + (parties.seller.gstin.map { ["GSTIN: \($0)"] } ?? [])
    }

    private var buyerLines: [String] {
        let state = IndianState(parties.buyerState)?.name ?? parties.buyerState
        return Self.wrapped(parties.buyerName) + Self.wrapped(parties.buyerAddress ?? "")
            + [parties.buyerCountry == "IN" ? "State: \(state)" : "\(state), \(parties.buyerCountry)"]
            + (parties.buyerGSTIN.map { ["GSTIN: \($0)"] } ?? [])
    }

    private var placeName: String {
        invoice.placeOfSupply == "96"
            ? "outside India" : IndianState(invoice.placeOfSupply)?.name ?? invoice.placeOfSupply
    }

    private func block(_ title: String, _ lines: [String], at x: Int, _ top: Int, _ page: inout PDFPage) -> Int {
        page.text(title, at: x, top, size: 9, .bold)
        var y = top - 14
        for line in lines.prefix(10) {
            page.text(line, at: x, y)
            y -= 13
        }
        return y
    }

    private func items(from top: Int, _ page: inout PDFPage) -> Int {
        page.text("Description", at: 50, top, .bold)
        page.text("SAC", at: 400, top, .bold)
        page.text("Amount (\(invoice.currency))", endingAt: 545, top, .bold)
        page.line(from: 50, to: 545, at: top - 5)
        page.text(invoice.description, at: 50, top - 20, size: 9)
        page.text(invoice.serviceCode, at: 400, top - 20)
        page.text(Money.decimal(split.taxable), endingAt: 545, top - 20)
        page.line(from: 50, to: 545, at: top - 30)
        return top - 50
    }

    private func totals(from top: Int, _ page: inout PDFPage) {
        var y = top
        func row(_ title: String, _ amount: Int64, _ font: PDFPage.Font = .regular) {
            page.text(title, at: 360, y, font)
            page.text(Money.decimal(amount), endingAt: 545, y, font)
            y -= 16
        }
        row("Taxable value", split.taxable)
        if split.igst > 0 { row("IGST \(Self.percent(invoice.rateBasisPoints)) %", split.igst) }
        if split.cgst > 0 {
            let half = Self.percent(invoice.rateBasisPoints / 2)
            row("CGST \(half) %", split.cgst)
            row(
                "\(IndianState(invoice.placeOfSupply)?.isUnionTerritory == true ? "UTGST" : "SGST") \(half) %",
                split.sgst)
        }
        if split.roundOff != 0 { row("Round off", split.roundOff) }
        page.line(from: 360, to: 545, at: y + 10)
        y -= 4
        row("Total \(invoice.currency)", total, .bold)
        if invoice.placeOfSupply == "96" {
            page.text("Supply meant for export without payment of tax.", at: 50, y, size: 8)
        }
    }

    private static func percent(_ basisPoints: Int) -> String {
        let text = Money.decimal(Int64(basisPoints))
        return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
    }

    /// Lines of some 40 letters.
    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            if let last = lines.last, last.count + word.count < 40 {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
