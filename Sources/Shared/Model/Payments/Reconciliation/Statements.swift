import JSON
import Postgres
import Queue
import Runtime

/// A line of our bank's statement.
package struct StatementLine: Sendable, Equatable {
    /// Our name for the order; empty where the bank does not say.
    package let reference: String
    package let amount: Int64
    /// The bank's number of the transfer, which it gives once.
    package let rrn: String

    /// `reference,amount,rrn` with a line of names first, amounts in rupees. Throws which line is none.
    package static func read(_ text: String) throws(Problem) -> [StatementLine] {
        var lines: [StatementLine] = []
        let rows = text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline)
        for (index, row) in rows.enumerated() {
            let cells = row.split(separator: ",", omittingEmptySubsequences: false).map { cell in
                String(cell.filter { $0 != "\"" && $0 != " " && $0 != "\t" })
            }
            if index == 0, cells.map({ $0.lowercased() }) == ["reference", "amount", "rrn"] { continue }
            guard cells.count == 3, let amount = Money.minor(cells[1]), amount > 0, isNumber(cells[2]) else {
                throw .invalid(
                    "line \(index + 1)", .badFormat, "is not a reference, an amount and a number of 12 digits")
            }
            lines.append(StatementLine(reference: cells[0].uppercased(), amount: amount, rrn: cells[2]))
        }
        return lines
    }

    static func isNumber(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

/// What came of a statement.
package struct StatementOutcome: Sendable {
    package var lines = 0
    package var accepted = 0
    package var excess = 0
    package var known = 0
}

extension Payments {
    /// Takes in what has arrived at the bank. A transfer that was taken in before changes nothing.
    package func takeStatement(_ lines: [StatementLine]) async throws -> StatementOutcome {
        var outcome = StatementOutcome(lines: lines.count)
        for line in lines {
            let taken = try await take(line, from: .statement)
            outcome.accepted += taken.accepted.count
            outcome.excess += taken.excess.count
            if !taken.hasNews { outcome.known += 1 }
        }
        return outcome
    }

    /// An administrator has seen the transfer of an order's amount with their own eyes.
    package func confirm(_ id: ID<PaymentOrder>, rrn: String) async throws -> PaymentOrder {
        guard let order = try await PaymentOrder.find(id, on: database) else { throw Self.unknownOrder }
        guard order.provider == .directUPI else {
            throw Problem(.conflict, "Only direct payments are confirmed by hand")
        }
        _ = try await take(
            StatementLine(reference: order.reference, amount: order.amount, rrn: rrn), from: .confirmation)
        return try await PaymentOrder.find(id, on: database) ?? order
    }

    private func take(_ line: StatementLine, from source: FactSource) async throws -> Taken {
        let fact = PaymentFact(
            line.rrn, .captured, amount: line.amount, currency: "INR", method: "upi", bankReference: line.rrn)
        let report = ProviderReport(reference: line.reference, payments: [fact])
        let taken = try await durable.transaction {
            try await take(report, of: .directUPI, from: source, on: $0)
        }
        if taken.hasNews { await tell(taken.order) }
        return taken
    }
}
