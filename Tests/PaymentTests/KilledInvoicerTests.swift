import Glibc
import PaymentSimulation
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// A worker that dies with numbers in its hand.
@Suite(.ownShop)
struct KilledInvoicerTests {
    @Test func `a kill after numbers were taken leaves no gap, and no payment without an invoice`() async throws {
        try await PaymentSystem.lend { system in
            // Whoever writes an invoice now waits behind the numbers that it has taken.
            try await system.database.run(
                script: """
                    create function wait_for_the_test() returns trigger language plpgsql as $$
                    begin
                        perform pg_advisory_xact_lock_shared(4711);
                        return new;
                    end $$;
                    create trigger invoices_wait before insert on invoices
                    for each row execute function wait_for_the_test();
                    """)
            var paid: Set<ID<PaymentOrder>> = []
            try await system.database.transaction { transaction in
                try await transaction.run("select pg_advisory_xact_lock(4711)")
                for _ in 0..<3 {
                    let order = try await system.order(at: .razorpay)
                    system.simulator.pay(order.reference)
                    paid.insert(order.id)
                }
                try await eventually("a worker has taken numbers", within: .seconds(120)) {
                    try await system.database.one(
                        "select exists (select from pg_locks where locktype = 'advisory' and objid = 4711 and not granted)"
                    )
                }
                for name in ["worker-payments 0", "worker-payments 1"] { try await system.killAndReplace(name) }
            }
            try await system.settle(paid)
            let numbers: [Int64] = try await system.database.all("select number from invoices order by number")
            #expect(numbers == [1, 2, 3])
            let last: Int64 = try await system.database.one("select last_number from document_counters")
            #expect(last == 3)
            #expect(try await system.payments.checkBooks().reported == 0)
        }
    }
}
