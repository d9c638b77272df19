import HTTP
import Postgres
import Queue
import Runtime

/// The files that people send: each action is an extension in a file of its own.
package struct MediaLibrary: Sendable {
    package let durable: DurableQueue
    package let store: any FileStore
    package let scratch: Scratch
    /// For what waits for a disk.
    package let threads: ThreadPool
    package let limits: MediaLimits
    /// Nil where files are handed out by whoever is asked for them.
    package let links: MediaLinks?
    /// How long somebody stays a member who has not renewed.
    private let grace: Duration
    let clock: any WallClock

    package var database: Database { durable.database }
    var now: Timestamp { clock.now }

    package init(
        durable: DurableQueue, storage: Storage, limits: MediaLimits = MediaLimits(), links: MediaLinks? = nil,
        grace: Duration = .days(3), clock: any WallClock = SystemClock()
    ) {
        self.durable = durable
        store = storage.store
        scratch = storage.scratch
        threads = storage.threads
        self.limits = limits
        self.links = links
        self.grace = grace
        self.clock = clock
    }

    /// What people may by their plans.
    var plans: Entitlements { Entitlements(database: database, grace: grace, clock: clock) }

    static var unknown: Problem { Problem(.notFound, "There is no such file.") }
}

/// Where files lie, and where they are made.
package struct Storage: Sendable {
    package let store: any FileStore
    package let scratch: Scratch
    package let threads: ThreadPool

    package init(_ config: StorageConfig, loops: LoopGroup, metrics: MetricsRegistry? = nil) {
        let threads = ThreadPool(name: "files", threads: 2, metrics: metrics)
        self.threads = threads
        scratch = Scratch(below: config.folder, threads: threads)
        if let server = config.server {
            store = S3Store(server, http: HTTPClient(on: loops, .init(metrics, "storage")), threads: threads)
        } else {
            store = DiskStore(folder: config.folder, threads: threads)
        }
    }

    package init(store: any FileStore, scratch: Scratch, threads: ThreadPool) {
        self.store = store
        self.scratch = scratch
        self.threads = threads
    }

    package func shutDown() async {
        await store.shutDown()
        threads.stop()
    }
}
