import JSON
import Queue
import Runtime

/// The mails and text messages about accounts that are owed. Each names a row; what it says is made when it is sent, so no
/// job holds a link or a code.
protocol OwedMessage: Job {}

extension OwedMessage {
    package static var queue: QueueName { .email }
    /// Two days: a mail server may be away for a weekend's night, and a code has long expired then.
    package static var retry: RetryPolicy { .exponential(attempts: 40, base: .seconds(5), cap: .hours(2)) }
}

/// The link that verifies an address: of a new account, or the one that somebody changes to.
package struct SendVerification: OwedMessage, Codable, Equatable {
    package static let kind = "account.send_verification"
    package static var priority: Priority { .high }
    let code: ID<IssuedCode>
}

/// The link under which a forgotten password is set anew.
package struct SendPasswordReset: OwedMessage, Codable, Equatable {
    package static let kind = "account.send_password_reset"
    package static var priority: Priority { .high }
    let code: ID<IssuedCode>
}

/// The digits that prove a telephone number.
package struct SendPhoneCode: OwedMessage, Codable, Equatable {
    package static let kind = "account.send_phone_code"
    package static var priority: Priority { .high }
    let code: ID<IssuedCode>
}

/// The link to an export that is ready.
package struct SendExportLink: OwedMessage, Codable, Equatable {
    package static let kind = "account.send_export_link"
    let export: ID<AccountExport>
}

/// Word of something that an owner has to know of, because somebody else may have done it.
package struct SendSecurityNotice: OwedMessage, Codable, Equatable {
    package static let kind = "account.send_security_notice"

    package enum Event: String, Codable, Sendable, CaseIterable {
        case passwordChanged = "password_changed"
        case passwordReset = "password_reset"
        case tokenReused = "token_reused"
        case secondFactorEnabled = "second_factor_enabled"
        case secondFactorDisabled = "second_factor_disabled"
        case backupCodeUsed = "backup_code_used"
        case emailChanged = "email_changed"
        case identityLinked = "identity_linked"
        case phoneAttached = "phone_attached"
        case deletionAsked = "deletion_asked"
    }

    let user: ID<User>
    let event: Event
    let at: Timestamp
    /// Where to, when it is not the person's present address.
    let email: EmailAddress?

    package init(user: ID<User>, event: Event, at: Timestamp, email: EmailAddress? = nil) {
        self.user = user
        self.event = event
        self.at = at
        self.email = email
    }
}

extension EmailAddress: Codable {}

extension Accounts {
    /// Owes a person word of what was done, if there is an address of theirs that is verified when it is sent.
    func notify(
        _ user: ID<User>, of event: SendSecurityNotice.Event, at email: EmailAddress? = nil,
        on transaction: JobTransaction
    ) async throws {
        try await transaction.enqueue(SendSecurityNotice(user: user, event: event, at: now, email: email))
    }
}
