extension Invoice {
    /// As a page to print.
    package var pdf: [UInt8] {
        TaxDocument(
            heading: parties.seller.gstin == nil ? "INVOICE" : "TAX INVOICE", label: label, issuedOn: issuedOn,
            against: nil, invoice: self, split: split, total: total
        ).pdf
    }
}

extension CreditNote {
    /// As a page to print.
    package var pdf: [UInt8] {
        TaxDocument(
            heading: "CREDIT NOTE", label: label, issuedOn: issuedOn, against: (invoice.label, invoice.issuedOn),
            invoice: invoice, split: split, total: total
        ).pdf
    }
}
