import APIFrame
import HTTP
import JSON
import Model
import Redis
import Runtime

/// The door for WebSockets: tickets, and the socket itself.
package struct RealtimeRoutes: Sendable {
    static let path = "/realtime"
    static let subprotocol = "switchyard.v1"

    /// Stopping it closes all sockets with 1012.
    package let endpoint: WebSocketEndpoint
    private let options: RealtimeOptions
    private let tickets: RealtimeTickets
    private let tokens: any TokenCheck
    let lobbies: [LoopBound<RealtimeLobby>]
    let people: LocalPeople
    /// Who has sockets here; stopping it signs off.
    package let presence: PresenceKeeper
    private let commands: RealtimeCommands
    private let sync: SyncRoutes

    package init(
        _ options: RealtimeOptions, _ parts: RealtimeParts, tickets: RealtimeTickets, tokens: any TokenCheck,
        loops: LoopGroup, metrics: MetricsRegistry, log: Logger
    ) {
        self.options = options
        self.tickets = tickets
        self.tokens = tokens
        var sockets = WebSocketOptions()
        sockets.subprotocols = [Self.subprotocol]
        sockets.compresses = true
        endpoint = WebSocketEndpoint(sockets, loops: loops, metrics: metrics)
        let people = LocalPeople()
        self.people = people
        let hall = RealtimeHall()
        let presence = PresenceKeeper(parts, people: people, loop: loops.loops[0], log: log) { hall.requireSync() }
        self.presence = presence
        lobbies = loops.loops.map {
            LoopBound(RealtimeLobby(tokens: tokens, people: people, presence: presence), to: $0)
        }
        hall.open(lobbies)
        commands = RealtimeCommands(parts, presence: presence, log: log)
        sync = SyncRoutes(parts.conversations)
    }

    package func tables(under prefix: String) -> [APIRoutes] { [door(under: prefix), sync.table(under: prefix)] }

    private func door(under prefix: String) -> APIRoutes {
        APIRoutes(
            "Realtime", under: prefix,
            [
                .post(
                    "\(Self.path)/tickets", "A ticket for one WebSocket", limit: .guessing, idempotency: .refused,
                    details: """
                        For clients that cannot set `Authorization` for a WebSocket, as browsers cannot. It is good for \
                        one connection, within half a minute.
                        """, issue),
                .raw(
                    .get, Self.path, "The WebSocket", access: .optional,
                    errors: [.unauthenticated, .forbidden, .upgradeRequired],
                    answers: [DeclaredAnswer(101, "The connection is a WebSocket now")],
                    details: """
                        Signed in by `Authorization` or by `ticket`; a page has to be of an origin that is allowed. Subprotocol `switchyard.v1`. Messages are JSON: \
                        `{"id","type","data"}` from the client, `{"replyTo","type":"ok"|"error","data"}` as answer, \
                        `{"type","data"}` for events. Close codes: 4401 the token counts no more, 4408 nothing was \
                        heard or read, 4429 too fast, 1009 over 64 KiB, 1012 the server restarts.
                        """, open),
            ])
    }

    // MARK: Tickets

    private func issue(_ input: NoInput, _ call: Call) async throws -> RealtimeTicket {
        RealtimeTicket(ticket: try await tickets.issue(for: try call.token))
    }

    // MARK: The socket

    private struct Opening: RouteInput {
        let ticket: String?

        init(from input: inout InputReader) {
            ticket = input.queryIfPresent("ticket", .text(1...100).described("From `POST /realtime/tickets`."))
        }
    }

    private func open(_ input: Opening, _ call: Call) async throws -> Response {
        if let origin = call.request.headers["Origin"], !options.origins.allows(origin) {
            throw Problem(.forbidden, "Pages of this origin may not open a socket")
        }
        // Only what is known to be good gets in.
        guard let token = try await token(input, call), tokens.isRevoked(token) == false else {
            throw Problem(.unauthenticated, "An access token or a ticket is needed")
        }
        let session = RealtimeSession(token, options, commands, in: lobbies[call.request.loop.index])
        do throws(WebSocketRefusal) {
            return try endpoint.accept(call.request, for: session)
        } catch {
            var response = call.response(to: Problem(Problem.Code(status: error.status), error.reason))
            for field in error.headers.fields { response.headers.add(field.name, field.value) }
            return response
        }
    }

    private func token(_ input: Opening, _ call: Call) async throws -> AccessToken? {
        if let token = call.caller { return token }
        guard let ticket = input.ticket else { return nil }
        return try await tickets.redeem(ticket)
    }
}

struct RealtimeTicket: Representable {
    let ticket: String

    static let representation = Representation<RealtimeTicket>(
        "RealtimeTicket", nil,
        [
            .member("ticket", "To be passed as `?ticket=`.") { $0.ticket },
            .member("expiresIn", "Seconds.") { _ in RealtimeTickets.lifetime.milliseconds / 1000 },
        ])
}
