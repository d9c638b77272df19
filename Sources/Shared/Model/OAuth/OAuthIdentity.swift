import Runtime

/// An account at a provider by which a person signs in.
package struct OAuthIdentity: Sendable {
    package enum Provider: String, Sendable, CaseIterable, Hashable { case google, github, microsoft }

    package let id: ID<OAuthIdentity>
    package let provider: Provider
    /// As the provider said it last.
    package let email: String?
    package let createdAt: Timestamp
    package let lastUsedAt: Timestamp
}

extension OAuthIdentity.Provider {
    var method: Session.Method {
        switch self {
        case .google: .google
        case .github: .github
        case .microsoft: .microsoft
        }
    }
}

/// Who somebody is, as a provider has just said.
struct ProvenIdentity: Sendable, Hashable {
    let provider: OAuthIdentity.Provider
    let subject: String
    let email: EmailAddress?
    /// Whether the provider vouches for the address.
    let isEmailVerified: Bool
    let name: String?

    init(
        provider: OAuthIdentity.Provider, subject: String, email: EmailAddress?, isEmailVerified: Bool, name: String?
    ) {
        self.provider = provider
        self.subject = subject
        self.email = email
        self.isEmailVerified = isEmailVerified
        // Whatever people call themselves elsewhere: it has to fit into one line here.
        let scalars = (name ?? "").unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(80)
        let line = String(String.UnicodeScalarView(scalars)).trimmed
        self.name = line.isEmpty ? nil : line
    }
}
