import JSON
import Postgres
import Queue
import Runtime

/// Finds out who is to be written of what they have missed: a page of people, and the next one.
package struct PlanDigests: Job, Codable, Equatable {
    package static let kind = "digest.plan"
    package static var queue: QueueName { .email }
    package static var priority: Priority { .low }
    package static var timeLimit: Duration { .minutes(5) }
    let after: ID<User>?

    package init(after: ID<User>? = nil) { self.after = after }

    /// Of runs that were missed one makes up for all: who is owed one is owed it still.
    package static func cron() throws -> Cron {
        try Cron("digest.plan", "*/15 * * * *", zone: "UTC", missed: .runOnce) { _ in PlanDigests() }
    }
}

/// Writes somebody of what they have missed.
package struct SendDigest: Job, Codable, Equatable {
    package static let kind = "digest.send"
    package static var queue: QueueName { .email }
    package static var priority: Priority { .low }
    package static var retry: RetryPolicy { .exponential(attempts: 8, base: .minutes(1), cap: .hours(1)) }
    let user: ID<User>
    /// When it was found to be owed: who has come since is not written.
    let plannedAt: Timestamp
}

/// How long somebody is away before they are written, and how often.
package struct DigestsConfig: ConfigGroup {
    let after: Duration
    let period: Duration

    package init(from reader: inout ConfigReader) {
        after = reader.read(
            "DIGEST_AFTER", .duration(unit: .seconds, in: .seconds(1) ... .days(30)), default: .hours(4))
        period = reader.read(
            "DIGEST_PERIOD", .duration(unit: .seconds, in: .seconds(1) ... .days(90)), default: .days(1))
    }
}

/// Mails of missed messages: at most one for each person and period, and none to who is there.
package struct Digests: Sendable {
    private static let page = 500

    private let database: Database
    private let presence: PresenceBook
    private let secrets: AccountSecrets
    private let places: Places
    private let config: DigestsConfig
    private let clock: any WallClock

    package init(
        database: Database, presence: PresenceBook, secrets: AccountSecrets, places: Places, config: DigestsConfig,
        clock: any WallClock = SystemClock()
    ) {
        self.database = database
        self.presence = presence
        self.secrets = secrets
        self.places = places
        self.config = config
        self.clock = clock
    }

    /// In the transaction that ends the job: the mark and the mail that is owed go together.
    package func plan(_ job: PlanDigests, on transaction: JobTransaction) async throws {
        let now = clock.now
        let people = try await Digest.candidates(
            after: job.after, seenBefore: now - config.after, writtenBefore: now - config.period, limit: Self.page,
            on: transaction)
        if people.count == Self.page { try await transaction.enqueue(PlanDigests(after: people.last?.user)) }
        let owed = people.filter(\.isOwed).map(\.user)
        guard !owed.isEmpty else { return }
        let there = try await presence.present(among: owed)
        let claimed = try await Digest.claim(
            owed.filter { !there.contains($0) }, at: now, writtenBefore: now - config.period, on: transaction)
        try await transaction.enqueueAll(
            claimed.map { SendDigest(user: $0, plannedAt: now) }, JobOptions(expiresAt: now + config.period))
    }

    /// Nil where they have come meanwhile.
    package func letter(for job: SendDigest) async throws -> Letter? {
        guard try await presence.present(among: [job.user]).isEmpty,
            let digest = try await Digest.find(of: job.user, unlessSeenAfter: job.plannedAt, on: database)
        else { return nil }
        let phrases = Phrases.in(digest.language)
        let shown = digest.lines.prefix(5).map { line in
            "• "
                + phrases(
                    "letter.digest.line", ["title": line.title, "count": line.unread < 100 ? "\(line.unread)" : "99+"])
        }
        let more = digest.lines.count > 5 ? [phrases("letter.digest.more")] : []
        return Letter(
            to: digest.email, "digest", phrases, app: places.name, values: ["count": "\(digest.unread)"],
            lines: shown + more, link: places.app + "/",
            subject: digest.unread == 1 ? "digest.subjectOne" : "digest.subject",
            unsubscribe: places.route("/mail/unsubscribe/\(secrets.unsubscribeTokens.token(for: job.user))"))
    }
}
