import Model
import Queue
import Runtime

/// The handlers of the push worker: a line for each.
package func pushHandlers(_ config: PushConfig, _ worker: WorkerProcess) -> [AnyHandler] {
    let launch = worker.launch
    let secrets = AccountSecrets(config.masterKeys)
    let presence = PresenceBook(redis: worker.stores.redis, prefix: worker.stores.redisPrefix)
    let office = PushOffice(
        PushDesk(database: worker.database, secrets: secrets),
        config.providers(on: launch.loops, log: launch.log, metrics: launch.metrics), metrics: launch.metrics,
        log: launch.log)
    return [
        AnyHandler(PlanPushesHandler(PushPlanning(presence: presence))),
        AnyHandler(batch: SendPushHandler(office)),
    ]
}
