import APIFrame
import APIRoutes
import Crypto
import HTTP
import JSON
import Model
import Runtime
import Synchronization

/// The routes of payments, asked without a server.
struct FrontDesk: Sendable {
    struct Said: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        var code: String? { json["code"]?.string }
        var json: JSONValue { (try? JSONCoder.decode(JSONValue.self, from: bytes)) ?? .null }
        var errors: [String] {
            guard case .array(let errors)? = json["errors"] else { return [] }
            return errors.compactMap { $0["field"]?.string }
        }
    }

    private let frame: APIFrame

    /// With routes of other parts, where they are what is tested.
    init(_ shop: Shop, _ others: [APIRoutes] = [], admins: [SignedInUser] = []) {
        var options = FrameOptions(cursorKeys: [SecretBytes(copying: [UInt8](repeating: 7, count: 32))])
        options.isStrict = true
        frame = APIFrame(
            options, PaymentRoutes(shop.payments, shop.intake).tables(under: "") + others,
            tokens: IDTokens(admins: Set(admins.map(\.id))),
            durable: shop.durable, redis: shop.redis, redisPrefix: "", loops: Shop.loops, metrics: MetricsRegistry(),
            log: .silent, entitlements: shop.payments.entitlements)
    }

    func send(
        _ method: HTTPMethod, _ path: String, _ user: SignedInUser?, _ body: String? = nil,
        _ headers: HTTPHeaders = [:]
    ) async -> Said {
        let loop = Shop.loops.loops[0]
        let said = Mutex<Said?>(nil)
        let frame = frame
        await loop.spawn {
            let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
            var headers = headers
            if let user { headers["Authorization"] = "Bearer \(user.id).\(user.session)" }
            if body != nil, headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
            let request = Request(
                method, parts[0], query: parts.count == 2 ? parts[1] : nil, headers: headers,
                body: RequestBody(Array((body ?? "").utf8)), loop: loop)
            let response: Response?
            switch frame.begin(request) {
            case .answer(let given): response = given
            case .work(let work): response = try? await work()
            case .pending: response = nil
            }
            guard let response else { return }
            var bytes: [UInt8] = []
            if case .bytes(let given) = response.body { bytes = given }
            said.withLock { $0 = Said(status: response.status, headers: response.headers, bytes: bytes) }
        }.value
        return said.withLock { $0 } ?? Said(status: 0, headers: [:], bytes: [])
    }
}

/// A token is who it is of.
private struct IDTokens: TokenCheck {
    let admins: Set<ID<User>>

    func check(_ token: String, at now: Timestamp) throws(TokenRefusal) -> AccessToken {
        let parts = token.split(separator: ".")
        guard parts.count == 2, let user = ID<User>(parts[0]), let session = ID<Session>(parts[1]) else {
            throw .invalid
        }
        return AccessToken(user: user, session: session, expiresAt: now + .hours(1))
    }

    func isRevoked(_ token: AccessToken) -> Bool? { false }
    func isAdmin(_ user: ID<User>) async throws -> Bool { admins.contains(user) }
}
