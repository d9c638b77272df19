extension Setting where Value == Endpoint {
    /// `127.0.0.1:9090`, `[::1]:9090`, `:9090` or `9090` (every address), `/run/api.sock` or `unix:/run/api.sock`.
    public static let endpoint = Setting(
        example: "127.0.0.1:9090", placeholder: .unix(path: "")
    ) { text throws(ConfigMistake) in
        if text.hasPrefix("/") { return .unix(path: text) }
        if text.hasPrefix("unix:/") { return .unix(path: String(text.dropFirst(5))) }
        let authority = text.contains(":") ? text : ":" + text
        guard let url = URL("tcp://" + authority), url.hosts.count == 1, url.path.isEmpty, url.user == nil,
            let port = url.port
        else { throw ConfigMistake("is neither an address with a port nor the path of a socket") }
        return .tcp(host: url.host.isEmpty ? "0.0.0.0" : url.host, port: port)
    }
}
