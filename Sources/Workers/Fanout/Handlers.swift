import Model
import Queue

/// The handlers of the fanout worker: a line for each.
package func fanoutHandlers(_ worker: WorkerProcess) -> [AnyHandler] {
    let stores = worker.stores
    let desk = EventDesk(database: worker.database)
    let stage = EventStage(redis: stores.redis, prefix: stores.redisPrefix)
    let live = LiveDesk(desk, presence: PresenceBook(redis: stores.redis, prefix: stores.redisPrefix))
    return [
        AnyHandler(batch: TellMembersHandler(desk, stage)),
        AnyHandler(batch: TellTypingHandler(live, stage)),
        AnyHandler(batch: TellReceiptsHandler(live, stage)),
        AnyHandler(batch: TellPresenceHandler(live, stage)),
    ]
}
