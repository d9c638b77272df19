import HTTP
import Model
import Redis
import Runtime

/// What comes from the fanout workers, on its way to the sockets of this process. One loop listens and orders; each loop
/// sends to its own sockets.
final class EventHub {
    private let desk: EventDesk
    private let book: FollowerBook
    private let people: LocalPeople
    private let lobbies: [LoopBound<RealtimeLobby>]
    private let log: Logger
    private var followers = Followers()
    private var sequence = EventSequence(at: .now)
    private var outgoing: [Outgoing] = []
    private var isLooking = false
    /// Itself, for what it waits for; nil before it hears anything, and after the end.
    var own: LoopBound<EventHub>?

    init(
        _ desk: EventDesk, _ book: FollowerBook, _ people: LocalPeople, _ lobbies: [LoopBound<RealtimeLobby>],
        log: Logger
    ) {
        self.desk = desk
        self.book = book
        self.people = people
        self.lobbies = lobbies
        self.log = log
    }

    // MARK: What is heard

    func hear(_ event: RedisSubscriptionEvent, on domain: isolated LoopDomain) {
        switch event {
        case .message(_, let payload):
            guard let deliveries = payload.withUnsafeBytes({ Publication.decode($0) }) else {
                return log.error("what was published is not understood", ["bytes": .int(payload.count)])
            }
            take(deliveries, on: domain)
        case .interrupted(let error):
            log.warning("events are not heard until Redis is back", ["error": .error(error)])
        case .subscribed(_, let afterGap):
            guard afterGap else { return }
            log.info("events are heard again")
            startOver(on: domain)
        }
    }

    /// Anything may have been missed: the clients are told to sync.
    func startOver(on domain: isolated LoopDomain) {
        sequence.reset()
        for lobby in lobbies { lobby.loop.execute { lobby.value(on: $0).requireSync(on: $0) } }
    }

    func take(_ deliveries: [Delivery], on domain: isolated LoopDomain) {
        for delivery in deliveries {
            guard case .followers = delivery.recipients, let channel = delivery.conversation else {
                order(delivery, on: domain)
                continue
            }
            followers.take(delivery, in: channel, at: domain.now)
            follow(channel, on: domain)
        }
        send(on: domain)
        lookLater(on: domain)
    }

    /// Lets a channel's posts go on, once it is known who follows it.
    private func follow(_ channel: ID<Conversation>, on domain: isolated LoopDomain) {
        guard let question = followers.question(about: channel, people), let own else {
            for delivery in followers.ready(channel) { order(delivery, on: domain) }
            return
        }
        let book = book
        domain.loop.spawn {
            let found = await book.followers(of: channel, among: question.people)
            await Self.goOn(own, question, found, on: own.loop.domain)
        }
    }

    private static func goOn(
        _ hub: LoopBound<EventHub>, _ question: Followers.Question, _ found: [ID<User>: Stays],
        on domain: isolated LoopDomain
    ) async {
        let hub = hub.value(on: domain)
        hub.followers.answer(question, found)
        for delivery in hub.followers.ready(question.channel) { hub.order(delivery, on: domain) }
        // Somebody may have come or gone meanwhile.
        hub.follow(question.channel, on: domain)
        hub.send(on: domain)
        hub.lookLater(on: domain)
    }

    private func order(_ delivery: Delivery, on domain: isolated LoopDomain) {
        sequence.take(delivery, at: domain.now, release)
    }

    private func release(_ delivery: Delivery) {
        if let next = Outgoing(delivery) { outgoing.append(next) }
    }

    private func send(on domain: isolated LoopDomain) {
        guard !outgoing.isEmpty else { return }
        let batch = exchange(&outgoing, with: [])
        for lobby in lobbies {
            if lobby.loop === domain.loop {
                lobby.value(on: domain).deliver(batch, on: domain)
            } else {
                lobby.loop.execute { lobby.value(on: $0).deliver(batch, on: $0) }
            }
        }
    }

    // MARK: What is missing

    private func lookLater(on domain: isolated LoopDomain) {
        guard !isLooking, sequence.isHolding else { return }
        isLooking = true
        domain.schedule(after: EventSequence.settling) {
            self.isLooking = false
            self.look(on: domain)
        }
    }

    private func look(on domain: isolated LoopDomain) {
        sequence.settle(at: domain.now, release)
        for gap in sequence.gaps(at: domain.now) {
            if gap.hasFollowers || people.hasAny(of: gap.people) {
                read(gap, on: domain)
            } else {
                sequence.pass(gap.conversation, through: gap.revs.upperBound, at: domain.now, release)
            }
        }
        send(on: domain)
        lookLater(on: domain)
    }

    private func read(_ gap: EventSequence.Gap, on domain: isolated LoopDomain) {
        guard let own else { return }
        let desk = desk
        domain.loop.spawn {
            let found = try? await desk.deliveries(of: gap.revs, in: gap.conversation)
            await Self.fill(own, gap, found, on: own.loop.domain)
        }
    }

    /// A gap shows when something comes behind it: whether the last that came is the last that happened, only the database
    /// knows.
    func checkTails(on domain: isolated LoopDomain) {
        let tails = sequence.tails(at: domain.now)
        guard let own, !tails.isEmpty else { return }
        let desk = desk
        domain.loop.spawn {
            guard let revs = try? await desk.lastRevs(of: Array(tails.keys)) else { return }
            await Self.compare(own, tails, revs, on: own.loop.domain)
        }
    }

    private static func compare(
        _ hub: LoopBound<EventHub>, _ tails: [ID<Conversation>: Int64], _ revs: [ID<Conversation>: Int64],
        on domain: isolated LoopDomain
    ) async {
        let hub = hub.value(on: domain)
        for (conversation, rev) in revs {
            guard let last = tails[conversation], rev > last else { continue }
            // It may be on its way: it is looked at again a while later.
            domain.schedule(after: EventSequence.patience) {
                guard let gap = hub.sequence.tail(conversation, was: last, is: rev) else { return }
                hub.read(gap, on: domain)
            }
        }
    }

    private static func fill(
        _ hub: LoopBound<EventHub>, _ gap: EventSequence.Gap, _ found: [Delivery]?, on domain: isolated LoopDomain
    ) async {
        let hub = hub.value(on: domain)
        // Otherwise it is asked for again.
        guard let found else { return }
        hub.log.debug(
            "missing events were read", ["from": .int(gap.revs.lowerBound), "to": .int(gap.revs.upperBound)])
        hub.take(found, on: domain)
        if !gap.hasFollowers {
            hub.sequence.pass(gap.conversation, through: gap.revs.upperBound, at: domain.now, hub.release)
        }
        hub.send(on: domain)
    }
}
