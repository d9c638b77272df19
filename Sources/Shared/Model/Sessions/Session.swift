import Runtime

/// A device that is signed in.
package struct Session: Sendable {
    /// How it was signed in.
    package enum Method: String, Sendable, CaseIterable {
        case registration, password, phone, reset, google, github, microsoft
    }

    /// Why it is over.
    package enum Ending: String, Sendable, CaseIterable {
        case logout
        case everywhere = "logout_everywhere"
        /// By its owner, from another device.
        case removed
        /// A refresh token came a second time, so somebody else has it too.
        case reuse
        /// The password was changed elsewhere.
        case password
        case reset
        /// The owner of the address has taken over the account.
        case claimed
        case deletion
    }

    package let id: ID<Session>
    package let method: Method
    package let device: String?
    package let address: String?
    package let createdAt: Timestamp
    package let lastUsedAt: Timestamp
    package let expiresAt: Timestamp
}

/// Who asks, as a verified access token says.
package struct SignedInUser: Sendable, Hashable {
    package let id: ID<User>
    package let session: ID<Session>

    package init(_ id: ID<User>, session: ID<Session>) {
        self.id = id
        self.session = session
    }
}
