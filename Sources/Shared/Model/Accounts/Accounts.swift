import Crypto
import Postgres
import Queue
import Runtime

/// What people do with accounts: each action is an extension in a file of its own. Holds what the actions stand on.
package struct Accounts: Sendable {
    /// For changes, whose mails and clean-ups are jobs of the same transaction.
    let durable: DurableQueue
    let hasher: PasswordHasher
    let secrets: AccountSecrets
    let tokens: AccessTokens
    let throttle: Throttle
    let config: AccountsConfig
    let providers: SignInProviders
    let clock: any WallClock

    var database: Database { durable.database }
    var now: Timestamp { clock.now }

    package init(
        durable: DurableQueue, hasher: PasswordHasher, secrets: AccountSecrets, tokens: AccessTokens,
        throttle: Throttle, providers: SignInProviders, config: AccountsConfig, clock: any WallClock = SystemClock()
    ) {
        self.durable = durable
        self.hasher = hasher
        self.secrets = secrets
        self.tokens = tokens
        self.throttle = throttle
        self.providers = providers
        self.config = config
        self.clock = clock
    }
}
