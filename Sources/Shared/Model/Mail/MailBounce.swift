import HTTP

/// What a refusal means for the address.
enum MailBounce: Sendable, Equatable {
    /// Nobody is there: nothing more is sent there.
    case unknown
    /// No room: it may be emptied.
    case full
    /// It is not the address: the message, the sender, a policy.
    case other

    /// Only what was said of the recipient counts against it, unless the more precise code says so.
    init(_ reply: SMTPReply) {
        switch reply.enhancedCode {
        case "5.1.1"?, "5.1.2"?, "5.1.3"?, "5.1.6"?, "5.1.10"?, "5.2.1"?: self = .unknown
        case "5.2.2"?, "4.2.2"?: self = .full
        case .some: self = .other
        case nil:
            switch (reply.isOfRecipient, reply.code) {
            case (true, 550), (true, 551), (true, 553), (true, 554): self = .unknown
            case (true, 552), (true, 452): self = .full
            default: self = .other
            }
        }
    }
}
