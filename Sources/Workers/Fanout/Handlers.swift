import Model
import Queue

/// The handlers of the fanout worker: a line for each.
package func fanoutHandlers(_ worker: WorkerProcess) -> [AnyHandler] {
    let desk = EventDesk(database: worker.database)
    let stage = EventStage(redis: worker.stores.redis, prefix: worker.stores.redisPrefix)
    return [
        AnyHandler(batch: TellMembersHandler(desk, stage))
    ]
}
