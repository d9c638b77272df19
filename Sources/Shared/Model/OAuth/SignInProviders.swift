import HTTP
import Runtime

/// The providers that are configured.
package struct SignInProviders: Sendable {
    private let all: [OAuthIdentity.Provider: any SignInProvider]
    private let redirects: [String]

    package init(_ config: SignInProvidersConfig, http: HTTPClient, log: Logger) {
        let client = ProviderClient(http: http, log: log.part("oauth"))
        var all: [OAuthIdentity.Provider: any SignInProvider] = [:]
        if let google = config.google {
            all[.google] = OpenIDProvider(
                provider: .google, clientID: google.id, clientSecret: google.secret,
                metadata: OpenIDMetadata(base: google.base, client: client),
                client: client)
        }
        if let microsoft = config.microsoft {
            all[.microsoft] = OpenIDProvider(
                provider: .microsoft, clientID: microsoft.id, clientSecret: microsoft.secret,
                metadata: OpenIDMetadata(base: microsoft.base, client: client),
                client: client, tenants: config.microsoftTenants)
        }
        if let github = config.github {
            all[.github] = GitHubProvider(
                clientID: github.id, clientSecret: github.secret, base: github.base, api: config.gitHubAPI,
                client: client)
        }
        self.all = all
        redirects = config.redirects
    }

    func provider(_ provider: OAuthIdentity.Provider) throws -> any SignInProvider {
        guard let found = all[provider] else {
            throw Problem(.notFound, "Signing in with \(provider.rawValue) is not set up here.")
        }
        return found
    }

    /// Whether an application may be told of a sign-in there: a whole address that is listed, or a page of the web client.
    func allowsRedirect(to uri: String, app: String) -> Bool {
        redirects.contains(uri) || uri == app || uri.hasPrefix(app + "/")
    }
}

/// `GOOGLE_…`, `GITHUB_…`, `MICROSOFT_…`.
package struct SignInProvidersConfig: ConfigGroup {
    struct Client: Sendable {
        let id: String
        let secret: Secret
        let base: String
    }

    let google: Client?
    let github: Client?
    let microsoft: Client?
    let gitHubAPI: String
    let microsoftTenants: Set<String>?
    let redirects: [String]

    package init(from reader: inout ConfigReader) {
        google = Self.client(
            &reader, ("GOOGLE_CLIENT_ID", reader.readIfSet("GOOGLE_CLIENT_ID", .text)),
            ("GOOGLE_CLIENT_SECRET", reader.readIfSet("GOOGLE_CLIENT_SECRET", .secret())),
            base: reader.read("GOOGLE_BASE_URL", .webAddress, default: "https://accounts.google.com"))
        github = Self.client(
            &reader, ("GITHUB_CLIENT_ID", reader.readIfSet("GITHUB_CLIENT_ID", .text)),
            ("GITHUB_CLIENT_SECRET", reader.readIfSet("GITHUB_CLIENT_SECRET", .secret())),
            base: reader.read("GITHUB_BASE_URL", .webAddress, default: "https://github.com"))
        microsoft = Self.client(
            &reader, ("MICROSOFT_CLIENT_ID", reader.readIfSet("MICROSOFT_CLIENT_ID", .text)),
            ("MICROSOFT_CLIENT_SECRET", reader.readIfSet("MICROSOFT_CLIENT_SECRET", .secret())),
            base: reader.read(
                "MICROSOFT_BASE_URL", .webAddress, default: "https://login.microsoftonline.com/common/v2.0"))
        gitHubAPI = reader.read("GITHUB_API_URL", .webAddress, default: "https://api.github.com")
        microsoftTenants = reader.readIfSet("MICROSOFT_TENANTS", .list(of: .text)).map { Set($0) }
        redirects = reader.readIfSet("OAUTH_REDIRECT_URIS", .list(of: .text)) ?? []
    }

    private static func client(
        _ reader: inout ConfigReader, _ id: (name: String, value: String?), _ secret: (name: String, value: Secret?),
        base: String
    ) -> Client? {
        switch (id.value, secret.value) {
        case (let id?, let secret?): return Client(id: id, secret: secret, base: base)
        case (nil, nil): return nil
        case (nil, _): reader.complain(id.name, "is not set, but \(secret.name) is")
        case (_, nil): reader.complain(secret.name, "is not set, but \(id.name) is")
        }
        return nil
    }
}
