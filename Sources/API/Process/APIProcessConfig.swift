import APIFrame
import APIRoutes
import Model
import Postgres
import Queue
import Runtime

/// What an API process reads.
struct APIProcessConfig: ConfigGroup {
    let stores: StoresConfig
    let api: APIConfig
    let payloadKeys: PayloadKeys
    let masterKeys: MasterKeys
    let signInKey: SignInKey
    /// Makes refresh tokens, where an earlier system had a secret of its own for them.
    let refreshSecret: Secret?
    let accounts: AccountsConfig
    let messages: MessageLimits
    let providers: SignInProvidersConfig
    let gifs: GIFConfig
    let realtime: RealtimeOptions
    let storage: StorageConfig
    let media: MediaLimits
    let devices: DevicesConfig
    let payments: PaymentsConfig

    init(from reader: inout ConfigReader) {
        var stores = StoresConfig(from: &reader)
        // Those who ask are told to come back rather than kept waiting.
        stores.database.refusesAfter = .seconds(1)
        self.stores = stores
        api = APIConfig(from: &reader)
        payloadKeys = PayloadKeys(from: &reader)
        masterKeys = MasterKeys(from: &reader)
        signInKey = SignInKey(from: &reader)
        refreshSecret = reader.readIfSet("JWT_REFRESH_SECRET", .secret(atLeast: 32))
        accounts = AccountsConfig(from: &reader)
        messages = MessageLimits(from: &reader)
        providers = SignInProvidersConfig(from: &reader)
        gifs = GIFConfig(from: &reader)
        realtime = RealtimeOptions(from: &reader)
        storage = StorageConfig(from: &reader)
        media = MediaLimits(from: &reader)
        devices = DevicesConfig(from: &reader)
        payments = PaymentsConfig(from: &reader)
    }
}
