/// What of a price that includes tax is tax, and whose.
package struct TaxSplit: Sendable, Equatable {
    package let taxable: Int64
    /// Of the centre and of the state: halves, where the buyer is in the seller's state.
    package let cgst: Int64
    package let sgst: Int64
    /// Between states.
    package let igst: Int64
    /// What rounding leaves over: a paisa at the most.
    package let roundOff: Int64

    package var total: Int64 { taxable + cgst + sgst + igst + roundOff }
    package var tax: Int64 { cgst + sgst + igst }

    /// `rate` in hundredths of a per cent; 0 for exports and for sellers who are not registered.
    package init(of total: Int64, rate: Int, withinState: Bool) {
        taxable = Self.rounded(total * 10_000, over: 10_000 + Int64(rate))
        if withinState {
            (cgst, igst) = (Self.rounded(taxable * Int64(rate), over: 20_000), 0)
            sgst = cgst
        } else {
            (cgst, sgst, igst) = (0, 0, Self.rounded(taxable * Int64(rate), over: 10_000))
        }
        roundOff = total - taxable - cgst - sgst - igst
    }

    init(taxable: Int64, cgst: Int64, sgst: Int64, igst: Int64, roundOff: Int64) {
        self.taxable = taxable
        self.cgst = cgst
        self.sgst = sgst
        self.igst = igst
        self.roundOff = roundOff
    }

    /// Half up.
    private static func rounded(_ value: Int64, over divisor: Int64) -> Int64 { (value * 2 + divisor) / (divisor * 2) }
}
