import Runtime

extension Stores {
    /// The queue of a process that runs no jobs: it enqueues them with the rows that they are about.
    package func durableQueue(_ keys: PayloadKeys, _ launch: Launch) -> DurableQueue {
        let client = QueueClient(
            redis: redis, loops: launch.loops, prefix: redisPrefix, encoder: JobEncoder(sealing: keys.keys),
            payloads: PayloadStore(database: database), memory: memory)
        return DurableQueue(
            database: database, client: client, loops: launch.loops,
            name: "\(launch.process) on \(WorkerProfile.host)", logger: launch.log)
    }
}
