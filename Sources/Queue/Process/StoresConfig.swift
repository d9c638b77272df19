import Postgres
import Redis
import Runtime

/// Where both stores are: what every process reads.
package struct StoresConfig: ConfigGroup {
    package let database: DatabaseConfig
    package let redis: RedisConfig

    package init(from reader: inout ConfigReader) {
        let url = reader.require("DATABASE_URL", .databaseURL)
        var database = DatabaseConfig(url: url.exposed)
        database.poolSize = reader.read("DATABASE_POOL_SIZE", .int(in: 1...1000), default: 10)
        self.database = database
        redis = RedisConfig(from: &reader)
    }
}
