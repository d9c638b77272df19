import JSON
import Runtime

/// A sensitive act, as it is kept for those who have to find out later what happened.
package struct AuditEntry: Sendable {
    /// What was done. Each noun names its own; the names stay.
    package struct Action: Sendable, Hashable {
        package let name: String

        package init(_ name: StaticString) { self.name = "\(name)" }
    }

    package let id: ID<AuditEntry>
    package let at: Timestamp
    package let action: Action
    /// Who did it; nil: nobody who is known.
    package let actor: ID<User>?
    /// To whom.
    package let subject: ID<User>?
    package let session: ID<Session>?
    package let origin: Origin
    package let details: JSONValue?

    package init(
        _ action: Action, by actor: ID<User>?, to subject: ID<User>? = nil, session: ID<Session>? = nil,
        from origin: Origin, at: Timestamp, _ details: JSONValue? = nil
    ) {
        id = .new()
        self.at = at
        self.action = action
        self.actor = actor
        self.subject = subject ?? actor
        self.session = session
        self.origin = origin
        self.details = details
    }
}

extension AuditEntry.Action {
    static let registered = Self("account.registered")
    static let claimed = Self("account.claimed")
    static let signedIn = Self("session.opened")
    static let signInFailed = Self("session.refused")
    static let signedOut = Self("session.ended")
    static let signedOutEverywhere = Self("session.ended_everywhere")
    static let tokenReused = Self("session.token_reused")
    static let emailVerified = Self("email.verified")
    static let emailChangeAsked = Self("email.change_asked")
    static let emailChanged = Self("email.changed")
    static let passwordChanged = Self("password.changed")
    static let resetAsked = Self("password.reset_asked")
    static let passwordReset = Self("password.reset")
    static let confirmationFailed = Self("password.refused")
    static let secondFactorEnabled = Self("second_factor.enabled")
    static let secondFactorDisabled = Self("second_factor.disabled")
    static let secondFactorFailed = Self("second_factor.refused")
    static let backupCodesRenewed = Self("second_factor.backup_codes_renewed")
    static let backupCodeUsed = Self("second_factor.backup_code_used")
    static let phoneAttached = Self("phone.attached")
    static let phoneCodeFailed = Self("phone.refused")
    static let phoneRemoved = Self("phone.removed")
    static let identityLinked = Self("identity.linked")
    static let identityUnlinked = Self("identity.unlinked")
    static let exportAsked = Self("export.asked")
    static let exportFetched = Self("export.fetched")
    static let deletionAsked = Self("deletion.asked")
    static let deletionCancelled = Self("deletion.cancelled")
    static let deleted = Self("account.deleted")
}
