import Postgres
import Redis
import Runtime

/// Where both stores are: what every process reads.
package struct StoresConfig: ConfigGroup {
    package var database: DatabaseConfig
    package let redis: RedisConfig
    /// How large Redis may become before it is given no more jobs; nil: as large as it says itself.
    package let queueMaxBytes: Int?

    package init(from reader: inout ConfigReader) {
        database = DatabaseConfig(from: &reader)
        redis = RedisConfig(from: &reader)
        queueMaxBytes = QueueBound(from: &reader).bytes
    }
}

/// How large Redis may become before it is given no more jobs; nil: as large as it says itself.
package struct QueueBound: ConfigGroup {
    package let bytes: Int?

    package init(from reader: inout ConfigReader) {
        bytes = reader.readIfSet("QUEUE_MAX_BYTES", .bytes(in: 1_048_576...Int.max))
    }
}
