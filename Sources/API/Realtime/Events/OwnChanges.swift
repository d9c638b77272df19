import HTTP
import JSON
import Model
import Postgres
import Runtime
import Synchronization

/// Tells people's devices what of their own has changed, as PostgreSQL tells it.
package final class OwnChanges: LifecycleComponent {
    package let name = "own changes"
    private static let channel = "user_changes"

    private let database: Database
    private let people: LocalPeople
    private let lobbies: [LoopBound<RealtimeLobby>]
    private let loop: EventLoop
    private let task = Mutex<Task<Void, Never>?>(nil)

    package init(_ routes: RealtimeRoutes, database: Database, loops: LoopGroup) {
        self.database = database
        people = routes.people
        lobbies = routes.lobbies
        loop = loops.loops[0]
    }

    package func start() async throws {
        let listening = loop.spawn { [self] in
            for await heard in database.listen(to: [Self.channel]) { take(heard) }
        }
        task.withLock { $0 = listening }
    }

    package func stop() async {
        let listening = task.withLock { $0.take() }
        listening?.cancel()
        await listening?.value
    }

    private func take(_ heard: Heard) {
        switch heard {
        case .listening: break
        case .gap: for lobby in lobbies { lobby.loop.execute { lobby.value(on: $0).requireSync(on: $0) } }
        case .notification(_, let payload):
            guard let notice = OwnChangeNotice(payload), people.contains(notice.user), let frame = notice.frame
            else { return }
            for lobby in lobbies {
                lobby.loop.execute { lobby.value(on: $0).send(frame, to: notice.user, on: $0) }
            }
        }
    }
}

/// What the trigger says: the person, the new urev, the subject and its id.
struct OwnChangeNotice: JSONWritable, Sendable {
    let user: ID<User>
    private let urev: Int64
    private let subject: String
    private let id: UUID

    init?(_ payload: String) {
        let parts = payload.split(separator: " ")
        guard parts.count == 4, let user = ID<User>(parts[0]), let urev = Int64(parts[1]), let id = UUID(parts[3])
        else { return nil }
        self.user = user
        self.urev = urev
        subject = String(parts[2])
        self.id = id
    }

    var frame: SharedFrame? { EventFrame("user.changed", self).bytes.map { SharedFrame(.text, $0) } }

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("urev", urev)
            json.member("subject", subject)
            json.member("subjectId", id)
        }
    }
}
