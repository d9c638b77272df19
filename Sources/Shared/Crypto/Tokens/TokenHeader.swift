/// What a token says of itself before anything is verified: used only to find the key and to refuse.
struct TokenHeader {
    var algorithm: String?
    var keyID: String?
    var type: String?
    /// The token demands extensions (`crit`); none is understood.
    var demandsExtensions = false

    /// Nil unless `json` is one object with unique names and texts where texts belong.
    init?(json: [UInt8]) {
        var scanner = FlatJSONScanner(bytes: json)
        var names: Set<String> = []
        let complete = scanner.object { name, scanner in
            guard names.insert(name).inserted else { return false }
            switch name {
            case "alg": algorithm = scanner.text()
            case "kid": keyID = scanner.text()
            case "typ": type = scanner.text()
            case "crit":
                demandsExtensions = true
                return scanner.skipValue()
            default: return scanner.skipValue()
            }
            return !scanner.failed
        }
        guard complete, scanner.isAtEnd else { return nil }
    }
}

extension TokenHeader {
    /// Writes headers; the usual one is written once per key.
    struct Encoder {
        private let algorithm: TokenAlgorithm
        private let keyID: String?
        private let usual: String

        init(algorithm: TokenAlgorithm, keyID: String?) {
            let plain = keyID?.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C } ?? true
            precondition(plain, "a key id is printable ASCII without quotes")
            self.algorithm = algorithm
            self.keyID = keyID
            usual = Encoder.encode(algorithm, keyID, type: "JWT")
        }

        func encoded(type: StaticString) -> String {
            let type = "\(type)"
            return type == "JWT" ? usual : Encoder.encode(algorithm, keyID, type: type)
        }

        private static func encode(_ algorithm: TokenAlgorithm, _ keyID: String?, type: String) -> String {
            let key = keyID.map { ",\"kid\":\"\($0)\"" } ?? ""
            return Base64URL.encode("{\"alg\":\"\(algorithm.rawValue)\"\(key),\"typ\":\"\(type)\"}")
        }
    }
}
