@testable import Queue

/// How a job is asked for.
struct ModelWish {
    let queue: QueueName
    var key: String?
    /// The name of its unique key.
    var unique: String?
    var isDebounced = false
    /// An hour ahead.
    var isLater = false
    var priority = Priority.normal

    /// Names its unique key among those of all queues. Lanes do not share them.
    func claim(isDurable: Bool) -> String? {
        unique.map { "\(queue.name) \(isDurable ? "durable" : "volatile") \($0)" }
    }
}

/// What the model knows of a job.
struct ModelJob {
    enum State: Hashable {
        /// Ready or suspect.
        case waiting
        /// Waits in Redis for its time.
        case scheduled
        /// Its time is so far ahead that PostgreSQL alone has it.
        case remote
        case leased(String)
        /// Among the dead letters, or on its way to them.
        case dead(isStored: Bool)
        case over
    }

    let id: JobID
    let wish: ModelWish
    var state: State
    var isDurable = false
    /// In the outbox.
    var hasRow = false
    /// Pushed again, it waits for the time that its row says.
    var isRowLater = false
    var batch: Int?
    var chain: Int?
    /// Has the place of its ordered key, and keeps it while it waits for another try.
    var holdsKey = false
    /// Somebody wished it cancelled when it could not be at once.
    var isUnwanted = false
    /// Its handler's own transaction was committed.
    var hasEffect = false

    init(id: JobID, wish: ModelWish, state: State) {
        self.id = id
        self.wish = wish
        self.state = state
    }

    var queue: QueueName { wish.queue }
    var key: String? { wish.key }
    var claim: String? { wish.claim(isDurable: isDurable) }

    /// Neither ended nor dead.
    var isLive: Bool {
        switch state {
        case .over, .dead: false
        default: true
        }
    }

    var isLeased: Bool {
        if case .leased = state { true } else { false }
    }

    mutating func end(_ state: State = .over) {
        self.state = state
        holdsKey = false
        isUnwanted = false
    }
}

/// Jobs that belong together.
struct ModelBatch {
    let id: BatchID
    /// Those that have not ended.
    var members: Set<JobID>
    var failed: Set<JobID> = []
    let onComplete: (id: JobID, wish: ModelWish)
    let onSuccess: (id: JobID, wish: ModelWish)
    var isComplete = false
    var hasSucceeded = false
    var isCancelled = false

    init(
        id: BatchID, members: Set<JobID>, onComplete: (id: JobID, wish: ModelWish),
        onSuccess: (id: JobID, wish: ModelWish)
    ) {
        self.id = id
        self.members = members
        self.onComplete = onComplete
        self.onSuccess = onSuccess
    }
}

/// Jobs one after the other, and what is still to come.
struct ModelChain {
    let id: ChainID
    var ahead: [(id: JobID, wish: ModelWish)]
    var isComplete = false
    var stoppedBy: JobID?

    init(id: ChainID, ahead: [(id: JobID, wish: ModelWish)]) {
        self.id = id
        self.ahead = ahead
    }
}

/// What the ledger of a queue has to say.
struct ModelBooks {
    var entered = 0
    var done = 0
    var dead = 0
    var cancelled = 0
    var expired = 0
}
