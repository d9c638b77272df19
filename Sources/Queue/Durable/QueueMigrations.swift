import Postgres

/// The queue's tables, in order.
package enum QueueMigrations {
    package static var all: MigrationSet {
        MigrationSet(
            "queue",
            [
                Migration("0001_outbox.sql", PackageResources._001_outbox_sql),
                Migration("0002_batches_and_chains.sql", PackageResources._002_batches_and_chains_sql),
                Migration("0003_dead_letters.sql", PackageResources._003_dead_letters_sql),
                Migration("0004_statistics_and_cron.sql", PackageResources._004_statistics_and_cron_sql),
                Migration("0005_cron_runner.sql", PackageResources._005_cron_runner_sql),
                Migration("0006_queue_settings.sql", PackageResources._006_queue_settings_sql),
                Migration(
                    "0060_bulk_letters_and_levels.sql", PackageResources._060_bulk_letters_and_levels_sql),
            ])
    }
}
