import Crypto
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// The hash of a text, in digits.
enum Hash256 { static func hex(_ text: String) -> String { Hex.encode(Hash.sha256(text)) } }

/// Invoices and credit notes: their sums, their numbers, their look.
@Suite(.ownShop)
struct InvoiceTests {
    private static let registered = [
        "INVOICE_SELLER_NAME": "Switchyard Private Limited", "INVOICE_SELLER_STATE": "Karnataka",
        "INVOICE_SELLER_GSTIN": Self.gstin("29AABCU9603R1Z"),
        "INVOICE_SELLER_ADDRESS": "1 Church Street, Bengaluru 560001",
    ]

    /// With its check character.
    private static func gstin(_ stem: String) -> String {
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".map { stem + String($0) }.first { GSTIN.isWellFormed($0) } ?? stem
    }

    @Test func `every amount is split to the paisa, and halves are equal`() {
        for total in Int64(100)...20_000 {
            for withinState in [true, false] {
                let split = TaxSplit(of: total, rate: 1800, withinState: withinState)
                #expect(split.total == total && split.cgst == split.sgst && abs(split.roundOff) <= 1)
                #expect(withinState ? split.igst == 0 : split.cgst == 0)
            }
        }
        let month = TaxSplit(of: 9900, rate: 1800, withinState: true)
        #expect((month.taxable, month.cgst, month.roundOff) == (8390, 755, 0))
        #expect(TaxSplit(of: 999, rate: 0, withinState: false).taxable == 999)
    }

    @Test func `the financial year turns at midnight in India`() throws {
        func year(_ text: String) throws -> String { FiscalYear(at: try #require(Timestamp(rfc3339: text))).name }
        #expect(try year("2027-03-31T18:29:59.999Z") == "26-27")
        #expect(try year("2027-03-31T18:30:00Z") == "27-28")
        #expect(try year("2099-12-31T00:00:00Z") == "99-00")
    }

    @Test func `numbers have no gaps, whoever writes at once and whatever is undone, and begin anew with the year`()
        async throws
    {
        try await Shop.lend(Self.registered) { shop in
            shop.clock.advance(by: try #require(Timestamp(rfc3339: "2027-03-31T18:00:00Z")) - shop.clock.now)
            let user = try await shop.person()
            for _ in 0..<4 { try await shop.pay(try await shop.order(by: user)) }
            try await shop.database.run("alter table invoices disable trigger invoices_stay")
            struct Undone: Error {}
            // What was taken goes back with the transaction that took it.
            try await shop.pay(try await shop.order(by: user), isTold: false)
            do {
                try await shop.durable.transaction { transaction in
                    _ = try await DocumentNumbers.lock("SY", at: shop.clock.now, on: transaction).keep(on: transaction)
                    throw Undone()
                }
            } catch is Undone {}
            shop.clock.advance(by: .hours(1))
            for _ in 0..<3 { try await shop.pay(try await shop.order(by: user)) }
            let labels: [String] = try await shop.database.all("select label from invoices order by id")
            let last = (1...4).map { "SY/26-27/00000\($0)" }, next = (1...3).map { "SY/27-28/00000\($0)" }
            #expect(labels == last + next)
            let wrong: Int = try await shop.count(
                "invoices i join payments m on m.id = i.payment_id where i.total <> m.amount")
            #expect(wrong == 0)
            #expect(try await shop.payments.checkBooks().reported == 0)
        }
    }

    @Test func `many who write at once write each invoice once`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            for _ in 0..<6 {
                let order = try await shop.order(by: user)
                let report = ProviderReport(
                    reference: order.reference,
                    payments: [PaymentFact("pay_\(order.id)", .captured, amount: 9900, currency: "INR")])
                _ = try await shop.durable.transaction {
                    try await shop.payments.take(report, of: .razorpay, from: .poll, on: $0)
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { _ = try await shop.durable.transaction { try await shop.invoicing.issue(on: $0) } }
                }
                try await group.waitForAll()
            }
            let numbers: [Int64] = try await shop.database.all("select number from invoices order by number")
            #expect(numbers == Array(1...6))
        }
    }

    @Test func `an invoice can be read on paper`() async throws {
        try await Shop.lend(Self.registered) { shop in
            let user = try await shop.person()
            try await shop.pay(try await shop.order(by: user))
            let invoice = try #require(try await shop.payments.invoices(of: user, before: nil, limit: 1).first)
            let folder = try ScratchFolder("invoice")
            let path = folder.file("invoice.pdf")
            try #require(FileBytes.write(invoice.pdf, to: path))
            let text = try await TestProcess.run("pdftotext", ["-layout", path, "-"])
            for part in [
                "TAX INVOICE", invoice.label, "Switchyard Private Limited", "GSTIN", "Ada Lovelace", "Karnataka (29)",
                "998439", "83.90", "CGST 9 %", "SGST 9 %", "7.55", "99.00",
            ] { #expect(text.contains(part), "\(part) is missing in \(text)") }
            let other = try await shop.person()
            let asked = try await problemCode { _ = try await shop.payments.invoice(invoice.id, for: other) }
            #expect(asked == .notFound)
        }
    }

    @Test func `letters that the fonts have not are written as they sound, or by their number, and that is said`() {
        func written(_ text: String) -> String {
            String(decoding: LatinText(text).bytes.map { $0 < 0x80 ? $0 : UInt8(ascii: "~") }, as: UTF8.self)
        }
        #expect(written("\u{0930}\u{093E}\u{092E} \u{0915}\u{0941}\u{092E}\u{093E}\u{0930}") == "rama kumara")
        #expect(written("\u{0BA4}\u{0BAE}\u{0BBF}\u{0BB4}\u{0BCD}") == "tamizh")
        #expect(written("\u{0936}\u{094D}\u{0930}\u{0940}") == "shri")
        #expect(written("Łódź") == "L~dz" && written("₹5") == "Rs. 5" && written("\u{4E2D}") == "[U+4E2D]")
        #expect(LatinText("Zoë").isChanged == false && LatinText("\u{0930}").isChanged)
        var page = PDFPage()
        page.text("\u{0930}", at: 1, 1)
        #expect(page.isTransliterated)
    }

    @Test func `a refund makes a credit note, part by part, and the books come to nothing`() async throws {
        try await Shop.lend(Self.registered) { shop in
            let (user, admin) = (try await shop.person(), try await shop.person())
            let order = try await shop.order(by: user)
            try await shop.pay(order)
            for amount: Int64? in [3000, nil] {
                _ = try await shop.durable.transaction {
                    try await shop.payments.refund(
                        orderOf: order.id, amount, because: "asked for it", by: admin, on: $0)
                }
                try await shop.run()
                let live = try await shop.grants(of: user).count
                #expect(live == (amount == nil ? 0 : 1))
            }
            let notes: [(String, Int64)] = try await shop.database.all(
                "select label, total from credit_notes order by number")
            #expect(notes.map(\.1) == [3000, 6900])
            #expect(notes.first?.0.hasPrefix("CSY/") == true)
            #expect(try await shop.found(order).status == .refunded)
            for account in ["provider:razorpay", "sales", "suspense"] { #expect(try await shop.balance(account) == 0) }
            #expect(try await shop.payments.checkBooks().reported == 0)
            let again = try await problemCode {
                _ = try await shop.durable.transaction {
                    try await shop.payments.refund(orderOf: order.id, nil, because: "x", by: admin, on: $0)
                }
            }
            #expect(again == .conflict)
        }
    }

    @Test func `numbers of those who are registered are checked by their last character`() {
        #expect(GSTIN.isWellFormed("27AAPFU0939F1ZV"))
        #expect(!GSTIN.isWellFormed("27AAPFU0939F1ZW"))
        #expect(!GSTIN.isWellFormed("27AAPFU0939F1Z"))
        #expect(IndianState("tamil nadu")?.number == "33" && IndianState("28") == nil)
    }
}
