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
}
