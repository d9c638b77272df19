import Postgres
import Redis
import Runtime

/// Where both stores are: what every process reads.
package struct StoresConfig: ConfigGroup {
    package let database: DatabaseConfig
    package let redis: RedisConfig

    package init(from reader: inout ConfigReader) {
        database = DatabaseConfig(from: &reader)
        redis = RedisConfig(from: &reader)
    }
}
