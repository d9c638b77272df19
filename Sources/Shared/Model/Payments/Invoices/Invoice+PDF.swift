extension Invoice {
    /// As a page to print: what rule 46 of the tax asks for.
    package var pdf: [UInt8] {
        var page = PDFPage()
        let isTaxed = parties.seller.gstin != nil
        page.text(isTaxed ? "TAX INVOICE" : "INVOICE", at: 50, 780, size: 18, .bold)
        page.text("Number", at: 360, 785)
        page.text(label, endingAt: 545, 785, .bold)
        page.text("Date", at: 360, 770)
        page.text(issuedOn, endingAt: 545, 770, .bold)
        var y = 730
        y = block("Seller", sellerLines, at: 50, y, &page)
        var right = 730
        right = block("Billed to", buyerLines, at: 320, right, &page)
        y = min(y, right) - 20
        page.text("Place of supply: \(placeName) (\(placeOfSupply))", at: 50, y)
        page.text("Reverse charge: no", endingAt: 545, y)
        y = items(from: y - 30, &page)
        totals(from: y, &page)
        page.text("Issued electronically; valid without a signature.", at: 50, 60, size: 8)
        return page.file(title: "Invoice \(label)")
    }

    private var sellerLines: [String] {
        [parties.seller.name] + Self.wrapped(parties.seller.address)
            + ["State: \(IndianState(parties.seller.state)?.name ?? parties.seller.state)"]
            + (parties.seller.gstin.map { ["GSTIN: \($0)"] } ?? [])
    }

    private var buyerLines: [String] {
        let state = IndianState(parties.buyerState)?.name ?? parties.buyerState
        return [parties.buyerName] + Self.wrapped(parties.buyerAddress ?? "")
            + [parties.buyerCountry == "IN" ? "State: \(state)" : "\(state), \(parties.buyerCountry)"]
            + (parties.buyerGSTIN.map { ["GSTIN: \($0)"] } ?? [])
    }

    private var placeName: String {
        placeOfSupply == "96" ? "outside India" : IndianState(placeOfSupply)?.name ?? placeOfSupply
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
        page.text("Amount (\(currency))", endingAt: 545, top, .bold)
        page.line(from: 50, to: 545, at: top - 5)
        page.text(description, at: 50, top - 20, size: 9)
        page.text(serviceCode, at: 400, top - 20)
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
        if split.igst > 0 { row("IGST \(Self.percent(rateBasisPoints)) %", split.igst) }
        if split.cgst > 0 {
            let half = Self.percent(rateBasisPoints / 2)
            row("CGST \(half) %", split.cgst)
            row("\(IndianState(placeOfSupply)?.isUnionTerritory == true ? "UTGST" : "SGST") \(half) %", split.sgst)
        }
        if split.roundOff != 0 { row("Round off", split.roundOff) }
        page.line(from: 360, to: 545, at: y + 10)
        y -= 4
        row("Total \(currency)", total, .bold)
        if placeOfSupply == "96" { page.text("Supply meant for export without payment of tax.", at: 50, y, size: 8) }
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
