import JSON
import Queue
import Runtime
import Testing

@testable import Model

/// What is in the queue while a new version is deployed must still be read by it: these texts never change.
struct JobSampleTests {
    private static let id = "01931a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b"

    private func holds<J: Job & Equatable>(_ job: J, _ sample: String) throws {
        #expect(try JSONCoder.text(job) == sample)
        #expect(try JSONCoder.decode(J.self, from: sample) == job)
    }

    @Test func `each kind reads and writes its frozen sample`() throws {
        let code = try #require(ID<IssuedCode>(Self.id)), user = try #require(ID<User>(Self.id))
        let export = try #require(ID<AccountExport>(Self.id)), email = try #require(EmailAddress("ada@example.org"))
        try holds(SendVerification(code: code), #"{"code":"\#(Self.id)"}"#)
        try holds(SendPasswordReset(code: code), #"{"code":"\#(Self.id)"}"#)
        try holds(SendPhoneCode(code: code), #"{"code":"\#(Self.id)"}"#)
        try holds(SendExportLink(export: export), #"{"export":"\#(Self.id)"}"#)
        try holds(BuildAccountExport(export: export), #"{"export":"\#(Self.id)"}"#)
        try holds(DeleteAccount(user: user), #"{"user":"\#(Self.id)"}"#)
        try holds(AnswerForgottenPassword(email: email), #"{"email":"ada@example.org"}"#)
        try holds(PruneAccounts(), "{}")
        let message = try #require(ID<Message>(Self.id)), scheduled = try #require(ID<ScheduledMessage>(Self.id))
        let conversation = try #require(ID<Conversation>(Self.id))
        try holds(SendScheduledMessage(message: scheduled), #"{"message":"\#(Self.id)"}"#)
        try holds(ExpireMessage(message: message), #"{"message":"\#(Self.id)"}"#)
        try holds(PublishCounts(message: message), #"{"message":"\#(Self.id)"}"#)
        try holds(DismissMembers(conversation: conversation), #"{"conversation":"\#(Self.id)"}"#)
        try holds(HidePresence(user), #"{"user":"\#(Self.id)"}"#)
        try holds(PreviewLink(message: message), #"{"message":"\#(Self.id)"}"#)
        try holds(AnswerAutomatically(message: message), #"{"message":"\#(Self.id)"}"#)
        try holds(NotifyOfMessage(message: message), #"{"message":"\#(Self.id)"}"#)
        let notification = try #require(ID<Notification>(Self.id))
        try holds(ShowNotifications(notifications: [notification]), #"{"notifications":["\#(Self.id)"]}"#)
        try holds(GreetCustomer(conversation: conversation), #"{"conversation":"\#(Self.id)"}"#)
        let media = try #require(ID<Media>(Self.id)), story = try #require(ID<Story>(Self.id))
        try holds(ProcessMedia(media: media), #"{"media":"\#(Self.id)"}"#)
        try holds(TellStory(story: story), #"{"story":"\#(Self.id)"}"#)
        try holds(SweepMedia(), "{}")
        try holds(ExpireStories(), "{}")
        let device = try #require(ID<Device>(Self.id))
        let time = Timestamp(seconds: 1_800_000_000)
        try holds(PlanDigests(after: user), #"{"after":"\#(Self.id)"}"#)
        try holds(
            SendDigest(user: user, plannedAt: time), #"{"user":"\#(Self.id)","plannedAt":"2027-01-15T08:00:00.000Z"}"#)
        try holds(PruneTables(), "{}")
        try holds(AnalyzeTables(), "{}")
        try holds(FinishDeletions(), "{}")
        try holds(ReportStatistics(end: time), #"{"end":"2027-01-15T08:00:00.000Z"}"#)
        try holds(ReportLedger(at: time), #"{"at":"2027-01-15T08:00:00.000Z"}"#)
        try holds(
            SendPush(device: device, conversation: conversation, seq: 7),
            #"{"device":"\#(Self.id)","conversation":"\#(Self.id)","seq":7}"#)
        try holds(
            PlanPushes([PlanPushes.Part(conversation: conversation, users: [user])], after: user),
            #"{"parts":[{"conversation":"\#(Self.id)","users":["\#(Self.id)"]}],"after":"\#(Self.id)"}"#)
        let order = try #require(ID<PaymentOrder>(Self.id)), refund = try #require(ID<Refund>(Self.id))
        try holds(OpenOrder(order: order), #"{"order":"\#(Self.id)"}"#)
        try holds(ExpireOrder(order: order), #"{"order":"\#(Self.id)"}"#)
        try holds(PollOrder(order: order, round: 2), #"{"order":"\#(Self.id)","round":2}"#)
        try holds(ProcessWebhook(event: try #require(ID<WebhookEvent>(Self.id))), #"{"event":"\#(Self.id)"}"#)
        try holds(
            ProcessWebhookGroup(events: [try #require(ID<WebhookEvent>(Self.id))]), #"{"events":["\#(Self.id)"]}"#)
        try holds(RefreshSubscription(user: user), #"{"user":"\#(Self.id)"}"#)
        try holds(SubmitRefund(refund: refund), #"{"refund":"\#(Self.id)"}"#)
        try holds(IssueCreditNote(refund: refund), #"{"refund":"\#(Self.id)"}"#)
        try holds(IssueInvoices(), "{}")
        try holds(CheckBooks(), "{}")
        try holds(PruneWebhooks(), "{}")
        try holds(SendInvoice(invoice: try #require(ID<Invoice>(Self.id))), #"{"invoice":"\#(Self.id)"}"#)
        try holds(
            ReconcilePayments(until: Timestamp(seconds: 1_800_000_000), hours: 2),
            #"{"until":"2027-01-15T08:00:00.000Z","hours":2,"isManual":false}"#)
        try holds(
            SendSecurityNotice(
                user: user, event: .passwordChanged, at: Timestamp(seconds: 1_800_000_000), email: email),
            #"{"user":"\#(Self.id)","event":"password_changed","at":"2027-01-15T08:00:00.000Z","email":"ada@example.org"}"#
        )
    }

    @Test func `no two kinds have one name`() {
        let kinds = [
            SendVerification.kind, SendPasswordReset.kind, SendPhoneCode.kind, SendExportLink.kind,
            SendSecurityNotice.kind, AnswerForgottenPassword.kind, BuildAccountExport.kind, DeleteAccount.kind,
            PruneAccounts.kind, SendScheduledMessage.kind, ExpireMessage.kind, PublishCounts.kind, PreviewLink.kind,
            DismissMembers.kind, HidePresence.kind,
            AnswerAutomatically.kind, NotifyOfMessage.kind, ShowNotifications.kind, GreetCustomer.kind,
            TellMembers.kind, ProcessMedia.kind, SweepMedia.kind, TellStory.kind, ExpireStories.kind,
            PlanPushes.kind, SendPush.kind, PlanDigests.kind, SendDigest.kind, PruneTables.kind, AnalyzeTables.kind,
            FinishDeletions.kind, ReportStatistics.kind, ReportLedger.kind,
            OpenOrder.kind, ExpireOrder.kind, PollOrder.kind, ProcessWebhook.kind, ProcessWebhookGroup.kind,
            RefreshSubscription.kind,
            SubmitRefund.kind, IssueCreditNote.kind, IssueInvoices.kind, CheckBooks.kind, PruneWebhooks.kind,
            SendInvoice.kind,
            ReconcilePayments.kind,
        ]
        #expect(Set(kinds).count == kinds.count)
    }

    @Test func `the events of notices keep their names`() {
        #expect(
            SendSecurityNotice.Event.allCases.map(\.rawValue) == [
                "password_changed", "password_reset", "token_reused", "second_factor_enabled", "second_factor_disabled",
                "backup_code_used", "email_changed", "identity_linked", "phone_attached", "deletion_asked",
            ])
    }
}
