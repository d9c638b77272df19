import BenchSupport
import Crypto
import Glibc
import Model
import Postgres
import Queue
import Runtime

extension PostOffice {
    private static let pushes = 60_000

    /// Durable jobs, each read, written, signed and sent over HTTP/2 and TLS to nghttpd, which stands for Apple.
    func measurePushes(into figures: inout Figures) async throws {
        try await nameDevices()
        let certificate = "\(folder)/certificate.pem", key = "\(folder)/key.pem"
        _ = try Program.output(
            """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=peer \
            -addext subjectAltName=IP:127.0.0.1 -keyout \(key) -out \(certificate) 2>&1
            """)
        let signing = try PrivateKey(generating: .p256).pem
        _ = try Program.output("cat > \(folder)/apns.p8 <<'END'\n\(signing)END\n")
        let peer = try WebProcess(
            "nghttpd", "PATH=$PATH:/usr/sbin exec nghttpd -d \(folder)/apple PORT \(key) \(certificate)",
            folder: folder, scheme: "https")
        let devices: [ID<Device>] = try await database.all("select id from devices order by id")
        let homes = Dictionary(uniqueKeysWithValues: members.map { ($0.user, $0.conversation) })
        let owners: [ID<User>] = try await database.all("select user_id from devices order by id")
        let jobs = (0..<Self.pushes).compactMap { number in
            homes[owners[number % owners.count]].map {
                SendPush(device: devices[number % devices.count], conversation: $0, seq: 1)
            }
        }
        try await durable.enqueueAll(jobs)
        let variables = """
            APNS_KEY_FILE=\(folder)/apns.p8 APNS_KEY_ID=KEY APNS_TEAM_ID=TEAM APNS_TOPIC=org.example.chat \
            APNS_BASE_URL=\(peer.url("")) PUSH_CA_FILE=\(certificate)
            """
        let (rate, cpu) = try await rate(of: SendPush.kind) {
            try WebProcess(
                "worker-push", "exec env \(variables) METRICS_LISTEN=127.0.0.1:PORT \(Self.ownFolder)/worker-push",
                folder: folder, readyPath: "/readyz")
        }
        figures.add("pushPerSecond", rate, digits: 0, "durable jobs of one worker, over HTTP/2 and TLS; at least 5,000")
        figures.add("cpuUsPerPush", cpu, digits: 1, "of the worker")
    }

    private func nameDevices() async throws {
        var reader = ConfigReader([String: String]())
        let devices = Devices(
            database: database, secrets: AccountSecrets(MasterKeys(from: &reader)), config: DevicesConfig(from: &reader)
        )
        // nghttpd answers with 200 where there is a file of that name.
        _ = try Program.output("mkdir -p \(folder)/apple/3/device")
        for member in members {
            let token = Hex.encode(SecureRandom.bytes(32))
            guard let file = fopen("\(folder)/apple/3/device/\(token)", "w") else { throw SystemError.last("fopen") }
            fclose(file)
            _ = try await devices.register(
                NewDevice(.apns, DeviceAddress(token: token)),
                by: SignedInUser(member.user, session: member.session))
        }
    }
}
