import Crypto
import HTTP
import Postgres
import Queue
import QueueTesting
import Redis
import Runtime
import TestSupport

@testable import FanoutHandlers
@testable import Model
@testable import PushHandlers

/// Conversations whose people have devices, with all that leads from a message to a push.
struct PushWorld: Sendable {
    let chat: Chat
    let peer: PushPeer
    let devices: Devices
    let presence: PresenceBook
    let office: PushOffice
    let metrics = MetricsRegistry()
    private let rehearsal: Rehearsal

    /// At noon in UTC: a test may move it.
    static func lend(
        _ more: [String: String] = [:], at clock: any WallClock = SystemClock(),
        patience: ProviderBreaker.Patience = ProviderBreaker.Patience(), _ body: (PushWorld) async throws -> Void
    ) async throws {
        try await Chat.lend { chat in
            let world = try await PushWorld(chat, more, clock, patience)
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(world)) } catch { outcome = .failure(error) }
            await world.office.shutDown()
            try outcome.get()
        }
    }

    private init(
        _ chat: Chat, _ more: [String: String], _ clock: any WallClock, _ patience: ProviderBreaker.Patience
    ) async throws {
        self.chat = chat
        peer = try await PushPeer()
        var reader = ConfigReader(try peer.variables(more))
        let config = PushConfig(from: &reader)
        let settings = DevicesConfig(from: &reader)
        try reader.finish()
        let secrets = AccountSecrets(config.masterKeys)
        let prefix = try TestStores.current.redisPrefix
        let client = chat.durable.client
        devices = Devices(database: chat.database, secrets: secrets, config: settings)
        presence = PresenceBook(redis: client.redis, prefix: prefix)
        office = PushOffice(
            PushDesk(database: chat.database, secrets: secrets), config.providers(on: World.loops, log: .silent),
            patience: patience, metrics: metrics, log: .silent)
        let desk = EventDesk(database: chat.database)
        let stage = EventStage(redis: client.redis, prefix: prefix)
        // A rehearsal does not wait for what is due later, so nothing counts as owed until then.
        var soon = AbsentMembers.Patience()
        (soon.first, soon.longest, soon.glance) = (.zero, .zero, .zero)
        let absent = AbsentMembers(chat.durable, desk, presence: presence, patience: soon)
        let tell = TellMembersHandler(desk, stage, Aftermath(chat.durable, desk), absent)
        rehearsal = Rehearsal(
            client,
            handlers: Handlers(
                [
                    AnyHandler(batch: tell),
                    AnyHandler(
                        batch: TellLiveHandler<ShowNotifications>(stage) { [presence] in
                            try await LiveDesk(desk, presence: presence).deliveries(of: $0)
                        }),
                    AnyHandler(PlanPushesHandler(PushPlanning(presence: presence, clock: clock))),
                    AnyHandler(batch: SendPushHandler(office)),
                ] + messageHandlers(chat.sending, .guarded(on: World.loops))), durable: chat.durable)
    }

    /// Lets everything happen that follows; answers the kinds of the jobs in their order.
    @discardableResult
    func run() async throws -> [String] {
        var kinds: [String] = []
        while true {
            await chat.durable.untilPushed()
            let more = try await rehearsal.drain().map(\.kind)
            if more.isEmpty { return kinds }
            kinds += more
        }
    }

    /// Signs somebody in on a device.
    @discardableResult
    func device(
        _ platform: Device.Platform = .fcm, _ token: String? = nil, of user: SignedInUser
    ) async throws -> (user: SignedInUser, device: Device) {
        let session = ID<Session>.new()
        try await chat.database.run(
            """
            insert into sessions (
                id, user_id, method, seed, rotated_at, created_at, last_used_at, idle_until, expires_at)
            values (
                \(session), \(user.id), 'password', \(SecureRandom.bytes(32)), now(), now(), now(), now() + interval '1 day',
                now() + interval '9 days'
            )
            """)
        let owner = SignedInUser(user.id, session: session)
        let address =
            platform == .webpush
            ? DeviceAddress(
                token: token ?? "\(peer.base)/wp/\(session)",
                keys: DeviceAddress.Keys(
                    p256dh: Base64URL.encode(peer.browser.publicKey.point), auth: Base64URL.encode(peer.browserSecret)))
            : DeviceAddress(token: token ?? "\(platform.rawValue)-\(session)")
        return (owner, try await devices.register(NewDevice(platform, address), by: owner).device)
    }

    /// A device with something to be told of, as a job.
    func owed(_ platform: Device.Platform, _ token: String? = nil) async throws -> SendPush {
        let people = try await chat.people(2)
        let id = try await chat.group(people)
        let (_, device) = try await device(platform, token, of: people[1])
        let message = try await chat.say("hello", in: id, by: people[0])
        return SendPush(device: device.id, conversation: id, seq: message.seq)
    }

    func send(_ jobs: [SendPush]) async throws -> [(any Error)?] { try await office.send(jobs.map { (.new(), $0) }) }

    func has(_ job: SendPush) async throws -> Bool {
        try await chat.database.one("select exists (select from devices where id = \(job.device))")
    }
}
