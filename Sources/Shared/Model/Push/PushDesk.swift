import Postgres
import Queue
import Runtime

/// Makes pushes out of what the tables say when they are sent, and keeps what became of them.
package struct PushDesk: Sendable {
    private let database: Database
    private let secrets: AccountSecrets
    private let clock: any WallClock

    package init(database: Database, secrets: AccountSecrets, clock: any WallClock = SystemClock()) {
        self.database = database
        self.secrets = secrets
        self.clock = clock
    }

    /// By platform, each with the place of its job. Of what is missing there is nothing to tell any more.
    package func pushes(
        for jobs: [(id: JobID, job: SendPush)]
    ) async throws -> [Device.Platform: [(place: Int, push: Push)]] {
        var pushes: [Device.Platform: [(place: Int, push: Push)]] = [:]
        for facts in try await PushFacts.all(of: jobs.map(\.job), at: clock.now, on: database) {
            let place = facts.place - 1
            let job = jobs[place]
            // A device whose key is not here any more is named anew when its application is opened.
            guard let text = try? secrets.open(facts.sealed, as: "device", of: job.job.device),
                let address = DeviceAddress(String(decoding: text, as: UTF8.self), of: facts.platform)
            else { continue }
            pushes[facts.platform, default: []].append((place, Push(job.id, job.job, facts, address)))
        }
        return pushes
    }

    /// Devices that their provider does not know any more.
    package func forget(_ pushes: [Push]) async throws {
        guard !pushes.isEmpty else { return }
        try await Device.remove(pushes.map { ($0.device, $0.registeredAt) }, on: database)
    }
}

extension Push {
    fileprivate init(_ id: JobID, _ job: SendPush, _ facts: PushFacts, _ address: DeviceAddress) {
        self.id = id
        device = job.device
        registeredAt = facts.registeredAt
        isSandbox = facts.isSandbox
        self.address = address
        conversation = job.conversation
        message = facts.message
        seq = facts.seq
        badge = facts.badge
        isUrgent = facts.isDirect || facts.isMention
        hasSound = facts.sound != "none"
        let phrases = Phrases.in(facts.language)
        title = facts.isDirect ? facts.sender : facts.title ?? facts.sender
        body = facts.body(phrases)
    }
}

extension PushFacts {
    /// Who does not want others to read it on the screen is told that there is something.
    fileprivate func body(_ phrases: Phrases) -> String {
        guard showsText else {
            return unread > 1
                ? phrases("push.newMany", ["count": unread < 100 ? "\(unread)" : "99+"]) : phrases("push.new")
        }
        let said = said(phrases)
        if isMention { return "\(phrases("push.mention", ["sender": sender])): \(said)" }
        return isDirect ? said : phrases("push.said", ["sender": sender, "text": said])
    }

    private func said(_ phrases: Phrases) -> String {
        if kind == "text" { return text }
        let key = "push.\(kind)"
        return phrases.has(key) ? phrases(key, ["text": text]) : phrases("push.new")
    }
}
