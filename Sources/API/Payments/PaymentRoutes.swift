import APIFrame
import HTTP
import Model

/// All routes about money.
package struct PaymentRoutes: Sendable {
    private let payments: Payments
    private let intake: WebhookIntake

    package init(_ payments: Payments, _ intake: WebhookIntake) {
        self.payments = payments
        self.intake = intake
    }

    private var entitlements: Entitlements { payments.entitlements }

    package func tables(under prefix: String) -> [APIRoutes] {
        [
            APIRoutes(
                "Payments", under: prefix,
                PlanRoutes(payments: payments).routes + OrderRoutes(payments: payments).routes
                    + OrderPages(payments: payments).routes + SubscriptionRoutes(payments: payments).routes
                    + InvoiceRoutes(payments: payments, entitlements: entitlements).routes
                    + PaymentAdminRoutes(payments: payments, entitlements: entitlements).routes
                    + AnalyticsRoutes(payments: payments).routes),
            APIRoutes("Webhooks", WebhookRoutes(intake: intake).routes),
        ]
    }
}
