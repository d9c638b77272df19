import Postgres
import Queue

/// The tables of the product, in order.
package enum ModelMigrations {
    package static var all: MigrationSet {
        MigrationSet(
            "model",
            [
                Migration("0001_accounts.sql", PackageResources._001_accounts_sql),
                Migration("0002_idempotency_keys.sql", PackageResources._002_idempotency_keys_sql),
                Migration("0003_code_networks.sql", PackageResources._003_code_networks_sql),
                Migration("0004_conversations.sql", PackageResources._004_conversations_sql),
                Migration("0005_message_changes.sql", PackageResources._005_message_changes_sql),
                Migration("0006_audiences.sql", PackageResources._006_audiences_sql),
                Migration("0007_own_changes.sql", PackageResources._007_own_changes_sql),
                Migration("0008_conversation_parts.sql", PackageResources._008_conversation_parts_sql),
                Migration(
                    "0009_scheduled_and_notifications.sql", PackageResources._009_scheduled_and_notifications_sql),
                Migration("0010_media.sql", PackageResources._010_media_sql),
                Migration("0011_stories.sql", PackageResources._011_stories_sql),
                Migration("0012_devices.sql", PackageResources._012_devices_sql),
                Migration("0013_mail.sql", PackageResources._013_mail_sql),
                Migration("0014_plans_and_orders.sql", PackageResources._014_plans_and_orders_sql),
                Migration("0015_payments.sql", PackageResources._015_payments_sql),
                Migration(
                    "0016_refunds_and_reconciliation.sql", PackageResources._016_refunds_and_reconciliation_sql),
                Migration("0017_invoices_and_usage.sql", PackageResources._017_invoices_and_usage_sql),
                Migration("0030_endings_and_avatars.sql", PackageResources._030_endings_and_avatars_sql),
                Migration("0050_invoices_due.sql", PackageResources._050_invoices_due_sql),
            ])
    }
}

/// The migrations of all modules, in the order in which they are applied.
package enum AllMigrations {
    package static var sets: [MigrationSet] { [QueueMigrations.all, ModelMigrations.all] }
}
