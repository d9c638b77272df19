import Model
import Queue
import Runtime

/// The handlers of the fanout worker: a line for each.
package func fanoutHandlers(_ worker: WorkerProcess) -> [AnyHandler] {
    let stores = worker.stores
    let desk = EventDesk(database: worker.database)
    let stage = EventStage(redis: stores.redis, prefix: stores.redisPrefix)
    let presence = PresenceBook(redis: stores.redis, prefix: stores.redisPrefix)
    let live = LiveDesk(desk, presence: presence)
    let sending = Sending(
        Conversations(durable: worker.durable),
        writer: MessageWriter(durable: worker.durable, loops: worker.launch.loops))
    return [
        AnyHandler(
            batch: TellMembersHandler(
                desk, stage, Aftermath(worker.durable, desk), AbsentMembers(worker.durable, desk, presence: presence))),
        AnyHandler(batch: TellLiveHandler<TellTyping>(stage) { try await live.deliveries(of: $0) }),
        AnyHandler(batch: TellLiveHandler<TellReceipts>(stage) { try await live.deliveries(of: $0) }),
        AnyHandler(batch: TellLiveHandler<ShowNotifications>(stage) { try await live.deliveries(of: $0) }),
        AnyHandler(batch: TellLiveHandler<TellPresence>(stage) { try await live.deliveries(of: $0) }),
        AnyHandler(batch: TellLiveHandler<HidePresence>(stage) { try await live.deliveries(of: $0) }),
        AnyHandler(TellStoryHandler(stories: Stories(sending), stage: stage)),
    ] + messageHandlers(sending, .guarded(on: worker.launch.loops))
}
